//! Registrations step by step, and each step broken in turn.

use kernel::Viewer;
use kernel::events::{AccountMail, MailQueued, MailRefused, MailRequested, TasteProfileCreated, TasteProfileFailed, UserDeleted};
use kernel::id::UserId;
use platform::testing::TestPlatform;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value as Json, json};
use users::infrastructure::migration::Migrator;

use crate::support::{PASSWORD, REGISTER, SIGN_IN, Tokens, Users};

async fn begin(users: &Users) -> Tokens {
    let input = json!({ "username": "nina", "email": "nina@example.com", "password": PASSWORD });
    users.ask(&Viewer::Anonymous, REGISTER, json!({ "input": input })).await.tokens("register")
}

async fn state(users: &Users, viewer: &Viewer) -> Json {
    users.ask(viewer, "{ viewer { registration { state } } }", json!({})).await.data()["viewer"]["registration"]["state"].clone()
}

/// What holds when a registration was undone: no account, the devices signed out, everybody told, and the name free.
async fn assert_undone(users: &Users, tokens: &Tokens) {
    let viewer = tokens.viewer(users).await;
    assert_eq!(users.ask(&viewer, "{ viewer { id } }", json!({})).await.data()["viewer"], Json::Null);
    let sign_in = json!({ "input": { "login": "nina", "password": PASSWORD } });
    users.ask(&Viewer::Anonymous, SIGN_IN, sign_in).await.assert_refused("UNAUTHENTICATED", None);
    let told: Vec<UserDeleted> = users.told().await;
    assert!(matches!(&*told, [deleted] if deleted.user_id == tokens.user_id() && deleted.contexts.len() == 4), "{told:?}");
    let ended = users.started.sessions.ended_since(chrono::DateTime::UNIX_EPOCH).await.expect("sessions");
    let session = viewer.session().expect("a session").session_id;
    assert!(ended.iter().any(|(id, _)| *id == session), "gateways refuse its tokens: {ended:?}");
    begin(users).await;
}

#[tokio::test]
async fn a_registration_is_complete_when_the_welcome_waits_to_be_sent() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let tokens = begin(&users).await;
        let (nina, user_id) = (tokens.viewer(&users).await, tokens.user_id());
        assert_eq!(state(&users, &nina).await, "MAKING_TASTE_PROFILE");
        assert_eq!(users.told::<MailRequested>().await, []);
        // Twice, as may happen to every event, and first one that is not its turn.
        users.hear(&MailQueued { user_id, mail: AccountMail::Welcome }).await;
        for _ in 0..2 {
            users.hear(&TasteProfileCreated { user_id }).await;
        }
        assert_eq!(state(&users, &nina).await, "QUEUEING_WELCOME_MAIL");
        let mails: Vec<MailRequested> = users.told().await;
        assert!(matches!(&*mails, [mail] if mail.mail == AccountMail::Welcome && mail.ticket_id.is_some()), "{mails:?}");
        users.hear(&MailQueued { user_id, mail: AccountMail::PasswordChanged }).await;
        assert_eq!(state(&users, &nina).await, "QUEUEING_WELCOME_MAIL", "another mail is not this one");
        users.hear(&MailQueued { user_id, mail: AccountMail::Welcome }).await;
        assert_eq!(state(&users, &nina).await, "COMPLETE");

        // What comes late, or from a dead letter, undoes no whole account.
        users.hear(&TasteProfileFailed { user_id }).await;
        users.hear(&MailRefused { user_id, mail: AccountMail::Welcome }).await;
        users.platform.clock.advance(chrono::Duration::days(30));
        users.started.accounts.keep_rights().await.expect("it goes on");
        assert_eq!(state(&users, &nina).await, "COMPLETE");
        let other = users.register("otis").await.viewer(&users).await;
        let seen = users.ask(&other, "query($id: ID!) { user(id: $id) { registration { state } } }", json!({ "id": user_id.to_string() })).await.data();
        assert_eq!(seen["user"]["registration"], Json::Null, "it is nobody else's business");
    }
}

#[tokio::test]
async fn the_account_breaks_as_a_whole() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let database = users.platform.platform.database::<Migrator>("users").await.expect("the database opens");
        let rename = async |from: &str, to: &str| {
            database.read().execute_unprepared(&format!("ALTER TABLE {from} RENAME TO {to}")).await.expect("it is renamed");
        };
        for table in ["registration", "password", "audit", "outbox"] {
            // A name of its own each time: SQLite's other connections may still know the last one.
            let elsewhere = &format!("{table}_elsewhere");
            rename(table, elsewhere).await;
            let input = json!({ "username": "nina", "email": "nina@example.com", "password": PASSWORD });
            let answer = users.ask(&Viewer::Anonymous, REGISTER, json!({ "input": input })).await;
            assert!(!answer.0.errors.is_empty(), "{table}");
            rename(elsewhere, table).await;
            let found = users.ask(&Viewer::Anonymous, "{ userByName(username: \"nina\") { id } }", json!({})).await.data();
            assert_eq!(found["userByName"], Json::Null, "{}: without {table}", users.platform.adapter);
        }
        begin(&users).await;
    }
}

async fn break_with(before: impl AsyncFn(&Users, UserId), failure: impl AsyncFn(&Users, UserId)) {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let tokens = begin(&users).await;
        before(&users, tokens.user_id()).await;
        failure(&users, tokens.user_id()).await;
        assert_undone(&users, &tokens).await;
    }
}

#[tokio::test]
async fn without_a_taste_profile_there_is_no_account() {
    break_with(async |_, _| {}, async |users, user_id| users.hear(&TasteProfileFailed { user_id }).await).await;
}

#[tokio::test]
async fn without_a_welcome_there_is_no_account() {
    let before = async |users: &Users, user_id| users.hear(&TasteProfileCreated { user_id }).await;
    break_with(before, async |users, user_id| users.hear(&MailRefused { user_id, mail: AccountMail::Welcome }).await).await;
}

#[tokio::test]
async fn silence_is_a_failure_of_either_step() {
    let silence = async |users: &Users, _| {
        let patience = i64::from(users.platform.platform.config.users.rights.registration_secs);
        users.platform.clock.advance(chrono::Duration::seconds(patience - 1));
        users.started.accounts.keep_rights().await.expect("it goes on");
        assert_eq!(users.told::<UserDeleted>().await, [], "there is still time");
        users.platform.clock.advance(chrono::Duration::seconds(1));
        users.started.accounts.keep_rights().await.expect("it goes on");
    };
    break_with(async |_, _| {}, silence).await;
    break_with(async |users, user_id| users.hear(&TasteProfileCreated { user_id }).await, silence).await;
}

#[tokio::test]
async fn what_is_made_too_late_goes_too() {
    let users = Users::start().await;
    let user_id = begin(&users).await.user_id();
    users.hear(&TasteProfileFailed { user_id }).await;
    assert_eq!(users.told::<UserDeleted>().await.len(), 1);
    // The first end must be over for a second to begin.
    finish(&users, user_id).await;
    users.hear(&TasteProfileCreated { user_id }).await;
    let told: Vec<UserDeleted> = users.told().await;
    assert!(matches!(&*told, [deleted] if deleted.user_id == user_id), "{told:?}");
}

/// Every context answers.
async fn finish(users: &Users, user_id: UserId) {
    let platform = &users.platform.platform;
    let ports = crate::support::ports(platform).await;
    let deletion = ports.rights.deletions.of_user(user_id).await.expect("the store answers").expect("an end");
    for answer in deletion.answers {
        users.hear(&kernel::events::PersonErased { user_id, deletion_id: deletion.id, context: answer.context }).await;
    }
    users.started.accounts.keep_rights().await.expect("it goes on");
    assert!(ports.rights.deletions.of_user(user_id).await.expect("the store answers").is_none(), "nobody's any more");
}
