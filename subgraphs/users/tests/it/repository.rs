//! What the ports of `application/ports.rs` promise, on every adapter.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use kernel::event::EventFactory;
use kernel::id::UserId;
use kernel::{Edit, IdGenerator, OsRandomness, PortError, Role, SystemClock};
use platform::Database;
use platform::testing::TestPlatform;
use users::application::ports::{Rotation, Seen, SessionRepository, SigningKeyRepository, UserRepository};
use users::application::record::Record;
use users::domain::email::Email;
use users::domain::login::Login;
use users::domain::password::PasswordHash;
use users::domain::profile::{Bio, DisplayName, ProfileEdit};
use users::domain::session::{RefreshSecret, RefreshToken, Session};
use users::domain::signing_key::SigningKey;
use users::domain::user::User;
use users::domain::username::Username;
use users::infrastructure::migration::Migrator;
use users::infrastructure::session_repository::SqlSessionRepository;
use users::infrastructure::signing_key_repository::SqlSigningKeyRepository;
use users::infrastructure::user_repository::SqlUserRepository;

pub(crate) fn user(ids: &IdGenerator, name: &str) -> User {
    User {
        id: ids.next(),
        username: Username::parse(name).expect("a username"),
        email: Email::parse(&format!("{name}@Example.com")).expect("an address"),
        display_name: DisplayName::parse("A Name").expect("a name"),
        bio: Bio::parse("Words").expect("a bio"),
        avatar_id: None,
        premium_until: None,
        role: Role::User,
        created_at: now(),
        email_verified_at: Some(now()),
        suspended_at: None,
    }
}

/// To the microsecond: what every store keeps.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_767_225_600_123_456).expect("an instant")
}

async fn open(platform: &TestPlatform) -> Database {
    platform.platform.database::<Migrator>("users").await.expect("the database opens")
}

fn events() -> EventFactory {
    EventFactory::new("users", Arc::new(SystemClock), ids())
}

fn ids() -> IdGenerator {
    IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness))
}

fn seen(now: DateTime<Utc>) -> Seen {
    Seen { now, address: Some("192.0.2.8".into()), device: Some("Test/2".into()) }
}

fn session(ids: &IdGenerator, user_id: UserId) -> Session {
    Session { id: ids.next(), user_id, created_at: now(), last_used_at: now(), address: Some("192.0.2.7".into()), device: Some("Test/1".into()) }
}

fn token() -> RefreshToken {
    RefreshToken { hash: RefreshSecret::generate(&OsRandomness).hash(), created_at: now(), expires_at: now() + Duration::days(1) }
}

#[tokio::test]
async fn accounts_are_found_as_they_were_added() {
    for platform in TestPlatform::each().await {
        let users = SqlUserRepository::new(open(&platform).await);
        let ids = &platform.platform.ids;
        let (nina, otis) = (user(ids, "nina"), user(ids, "otis"));
        let hash = PasswordHash::new("$hash".into());
        for user in [&nina, &otis] {
            users.add(user, &hash, &Record::NOTHING).await.unwrap();
        }
        let mut found = users.find(&[otis.id, ids.next(), nina.id, nina.id]).await.unwrap();
        found.sort_by(|a, b| a.username.as_str().cmp(b.username.as_str()));
        assert_eq!(found, [nina.clone(), otis], "{}", platform.adapter);
        assert_eq!(users.find(&[]).await.unwrap(), []);
        assert_eq!(users.find_by_username(&nina.username).await.unwrap(), Some(nina.clone()));
        assert_eq!(users.find_by_username(&Username::parse("nobody").unwrap()).await.unwrap(), None);
        for login in ["nina", "NINA@example.com"] {
            let credentials = users.credentials(&Login::parse(login).unwrap().unwrap()).await.unwrap().unwrap();
            assert_eq!((credentials.user, credentials.password), (nina.clone(), Some(hash.clone())));
        }
        assert_eq!(users.credentials(&Login::parse("nobody").unwrap().unwrap()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_taken_name_or_address_is_a_conflict_that_names_it() {
    for platform in TestPlatform::each().await {
        let users = SqlUserRepository::new(open(&platform).await);
        let ids = &platform.platform.ids;
        let hash = PasswordHash::new("$hash".into());
        users.add(&user(ids, "nina"), &hash, &Record::NOTHING).await.unwrap();
        let same_name = User { email: Email::parse("other@example.com").unwrap(), ..user(ids, "nina") };
        users.add(&user(ids, "lily"), &hash, &Record::NOTHING).await.unwrap();
        let alike = User { username: Username::parse("1i1y").unwrap(), ..user(ids, "other") };
        let same_address = User { username: Username::parse("other").unwrap(), ..user(ids, "nina") };
        for (user, field) in [(same_name, "username skeleton"), (alike, "skeleton"), (same_address, "email")] {
            let error = users.add(&user, &hash, &Record::NOTHING).await.unwrap_err();
            assert!(
                matches!(&error, PortError::Conflict { constraint } if field.split(' ').any(|field| constraint == field)),
                "{}: {error:?}",
                platform.adapter
            );
            assert_eq!(users.find(&[user.id]).await.unwrap(), [], "nothing of it stays");
        }
    }
}

#[tokio::test]
async fn an_address_that_nobody_has_proved_names_nobody() {
    for platform in TestPlatform::each().await {
        let users = SqlUserRepository::new(open(&platform).await);
        let ids = &platform.platform.ids;
        let email = Email::parse("shared@example.com").unwrap();
        let wish = |name: &str| User { email: email.clone(), email_verified_at: None, ..user(ids, name) };
        let (one, two) = (wish("one"), wish("two"));
        for user in [&one, &two] {
            users.add(user, &PasswordHash::new("$hash".into()), &Record::NOTHING).await.unwrap();
        }
        let login = Login::parse("Shared@example.com").unwrap().unwrap();
        assert_eq!(users.credentials(&login).await.unwrap(), None, "{}", platform.adapter);
        assert_eq!(users.unproved_with(&email, 1).await.unwrap().len(), 1);
        let named: Vec<_> = users.unproved_with(&email, 9).await.unwrap().into_iter().map(|user| user.username.to_string()).collect();
        assert!(named.len() == 2 && named.contains(&"one".to_owned()), "{named:?}");
        let owner = User { email: email.clone(), ..user(ids, "owner") };
        users.add(&owner, &PasswordHash::new("$hash".into()), &Record::NOTHING).await.unwrap();
        assert_eq!(users.credentials(&login).await.unwrap().unwrap().user, owner);
    }
}

#[tokio::test]
async fn edits_change_what_they_say_and_tell_who_is_missing() {
    for platform in TestPlatform::each().await {
        let users = SqlUserRepository::new(open(&platform).await);
        let ids = &platform.platform.ids;
        let (nina, otis) = (user(ids, "nina"), user(ids, "otis"));
        for user in [&nina, &otis] {
            users.add(user, &PasswordHash::new("$hash".into()), &Record::NOTHING).await.unwrap();
        }
        let edit = ProfileEdit { display_name: Edit::Clear, bio: Edit::Keep };
        let edited = users.edit_profile(nina.id, &edit).await.unwrap();
        assert_eq!(edited, User { display_name: None, ..nina.clone() });
        let promoted = users.set_role(nina.id, Role::Admin, &Record::NOTHING).await.unwrap();
        assert_eq!(promoted, User { role: Role::Admin, ..edited });
        assert_eq!(users.find(&[otis.id]).await.unwrap(), [otis], "{}", platform.adapter);
        assert!(matches!(users.edit_profile(ids.next(), &edit).await, Err(PortError::NotFound)));
        assert!(matches!(users.edit_profile(ids.next(), &ProfileEdit::default()).await, Err(PortError::NotFound)));
        assert!(matches!(users.set_role(ids.next(), Role::User, &Record::NOTHING).await, Err(PortError::NotFound)));
    }
}

#[tokio::test]
async fn a_token_rotates_once_within_a_running_session() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        let ids = &platform.platform.ids;
        let nina = user(ids, "nina");
        SqlUserRepository::new(database.clone()).add(&nina, &PasswordHash::new("$hash".into()), &Record::NOTHING).await.unwrap();
        let sessions = SqlSessionRepository::new(database);
        let start = async || {
            let (session, first) = (session(ids, nina.id), token());
            sessions.start(&session, &first, &Record::NOTHING).await.unwrap();
            (session, first)
        };

        let (session, first) = start().await;
        let second = token();
        assert_eq!(sessions.rotate(&first.hash, &second, &seen(now()), &events()).await.unwrap(), Rotation::Rotated(session.clone()));
        assert!(sessions.is_running(session.id).await.unwrap());
        assert_eq!(
            sessions.rotate(&first.hash, &token(), &seen(now()), &events()).await.unwrap(),
            Rotation::Reused(Session { address: seen(now()).address, device: seen(now()).device, ..session.clone() })
        );
        assert!(!sessions.is_running(session.id).await.unwrap());
        assert_eq!(sessions.rotate(&second.hash, &token(), &seen(now()), &events()).await.unwrap(), Rotation::Refused);

        let (_, old) = start().await;
        assert_eq!(sessions.rotate(&old.hash, &token(), &seen(old.expires_at), &events()).await.unwrap(), Rotation::Refused);
        assert_eq!(sessions.rotate(&token().hash, &token(), &seen(now()), &events()).await.unwrap(), Rotation::Refused);

        let (session, first) = start().await;
        let second = token();
        assert!(sessions.replace_token(session.id, &second, now()).await.unwrap());
        assert!(matches!(sessions.rotate(&second.hash, &token(), &seen(now()), &events()).await.unwrap(), Rotation::Rotated(_)));
        assert!(matches!(sessions.rotate(&first.hash, &token(), &seen(now()), &events()).await.unwrap(), Rotation::Reused(_)));
        assert!(!sessions.replace_token(session.id, &token(), now()).await.unwrap());

        let (session, first) = start().await;
        assert!(sessions.end(nina.id, session.id, now(), &events(), &Record::NOTHING).await.unwrap());
        assert!(!sessions.end(nina.id, session.id, now(), &events(), &Record::NOTHING).await.unwrap());
        assert!(!sessions.end(nina.id, ids.next(), now(), &events(), &Record::NOTHING).await.unwrap());
        assert!(!sessions.is_running(ids.next()).await.unwrap());
        assert_eq!(sessions.rotate(&first.hash, &token(), &seen(now()), &events()).await.unwrap(), Rotation::Refused);
    }
}

#[tokio::test]
async fn of_many_concurrent_rotations_one_wins_and_the_session_ends() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        let ids = &platform.platform.ids;
        let nina = user(ids, "nina");
        SqlUserRepository::new(database.clone()).add(&nina, &PasswordHash::new("$hash".into()), &Record::NOTHING).await.unwrap();
        let sessions = SqlSessionRepository::new(database);
        let (session, first) = (session(ids, nina.id), token());
        sessions.start(&session, &first, &Record::NOTHING).await.unwrap();
        let next: Vec<_> = (0..4).map(|_| token()).collect();
        let (seen, events) = (seen(now()), events());
        let rotations = futures::future::join_all(next.iter().map(|next| sessions.rotate(&first.hash, next, &seen, &events))).await;
        let won = rotations.iter().filter(|rotation| matches!(rotation, Ok(Rotation::Rotated(_)))).count();
        assert_eq!(won, 1, "{}: {rotations:?}", platform.adapter);
        assert!(rotations.iter().all(Result::is_ok), "{rotations:?}");
        assert!(!sessions.is_running(session.id).await.unwrap());
        for next in next {
            assert_eq!(sessions.rotate(&next.hash, &token(), &seen, &events).await.unwrap(), Rotation::Refused);
        }
    }
}

#[tokio::test]
async fn sessions_are_forgotten_once_no_token_can_renew_them() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        let ids = &platform.platform.ids;
        let nina = user(ids, "nina");
        SqlUserRepository::new(database.clone()).add(&nina, &PasswordHash::new("$hash".into()), &Record::NOTHING).await.unwrap();
        let sessions = SqlSessionRepository::new(database);
        let [dead, alive] = [0, 1].map(|_| session(ids, nina.id));
        let (old, older, fresh) = (token(), token(), RefreshToken { expires_at: now() + Duration::days(9), ..token() });
        sessions.start(&dead, &old, &Record::NOTHING).await.unwrap();
        sessions.start(&alive, &older, &Record::NOTHING).await.unwrap();
        sessions.rotate(&older.hash, &fresh, &seen(now()), &events()).await.unwrap();
        sessions.forget_expired(old.expires_at - Duration::microseconds(1)).await.unwrap();
        assert!(sessions.is_running(dead.id).await.unwrap(), "{}", platform.adapter);
        sessions.forget_expired(old.expires_at).await.unwrap();
        assert!(!sessions.is_running(dead.id).await.unwrap(), "{}", platform.adapter);
        assert!(sessions.is_running(alive.id).await.unwrap(), "{}", platform.adapter);
        assert!(matches!(sessions.rotate(&fresh.hash, &token(), &seen(now()), &events()).await.unwrap(), Rotation::Rotated(_)));
    }
}

#[tokio::test]
async fn keys_stay_until_they_expire() {
    for platform in TestPlatform::each().await {
        let keys = SqlSigningKeyRepository::new(open(&platform).await);
        let old = SigningKey::new("old".into(), "pem".into(), now(), Duration::minutes(15));
        keys.add(&old, now()).await.unwrap();
        assert_eq!(keys.published(now()).await.unwrap(), std::slice::from_ref(&old));
        assert_eq!(keys.published(old.expires_at).await.unwrap(), []);
        let new = SigningKey::new("new".into(), "pem".into(), old.expires_at, Duration::minutes(15));
        keys.add(&new, old.expires_at).await.unwrap();
        assert_eq!(keys.published(now()).await.unwrap(), [new], "{}: the expired one is forgotten", platform.adapter);
    }
}
