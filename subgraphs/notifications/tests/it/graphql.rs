//! Mail as operators see it.

use std::sync::Arc;

use async_graphql::Request;
use kernel::{Clock as _, IdGenerator, Role, Session, SystemClock, Viewer};
use platform::testing::TestPlatform;

use crate::support::FakeMailer;

pub(crate) fn viewer(ids: &IdGenerator, role: Role) -> Viewer {
    Viewer::SignedIn(Session { user_id: ids.next(), session_id: ids.next(), role, premium_until: None, expires_at: SystemClock.now() })
}

pub(crate) fn admin(ids: &IdGenerator) -> Viewer {
    viewer(ids, Role::Admin)
}

#[tokio::test]
async fn admins_alone_see_and_settle_what_was_given_up() {
    let platform = TestPlatform::new().await;
    let context = notifications::start_with(&platform.platform, Arc::new(FakeMailer::default())).await.expect("the context starts");
    let subgraph = context.subgraph.expect("a subgraph");
    let ids = &platform.platform.ids;
    let code = async |viewer: Viewer, query: &str| {
        let answer = subgraph.execute(Request::new(query).data(viewer)).await;
        answer.errors.first().map(|error| format!("{:?}", error.extensions.as_ref().and_then(|extensions| extensions.get("code")).expect("a code")))
    };
    let id = ids.next::<kernel::id::Mail>();
    for query in
        ["{ undeliveredMail { id } }".to_owned(), format!("mutation {{ retryMail(id: \"{id}\") }}"), format!("mutation {{ discardMail(id: \"{id}\") }}")]
    {
        for (viewer, expected) in [(Viewer::Anonymous, "UNAUTHENTICATED"), (viewer(ids, Role::User), "FORBIDDEN"), (viewer(ids, Role::Artist), "FORBIDDEN")] {
            assert!(code(viewer, &query).await.is_some_and(|code| code.contains(expected)), "{query}");
        }
    }
    assert_eq!(code(admin(ids), "{ undeliveredMail { id to reason attempts failure createdAt givenUpAt } }").await, None);
    assert!(code(admin(ids), &format!("mutation {{ retryMail(id: \"{id}\") }}")).await.is_some_and(|code| code.contains("NOT_FOUND")));
    assert!(code(admin(ids), "mutation { discardMail(id: \"user_1\") }").await.is_some_and(|code| code.contains("BAD_USER_INPUT")));
}
