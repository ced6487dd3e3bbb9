//! What the ports for partners promise, on every adapter.

use chrono::{DateTime, Duration, Utc};
use kernel::events::{ApiKeyUsed, OperationUse};
use kernel::{IdGenerator, OsRandomness, PortError, Scope};
use platform::api_key::{ApiKeySecret, KeyAnswer};
use platform::testing::TestPlatform;
use users::application::ports::UserRepository as _;
use users::application::ports::api_key::{ApiKeyRepository, PER_DAY_EXCEEDED, PER_MINUTE_EXCEEDED, StoredSecret, TOO_MANY_KEYS};
use users::application::ports::organisation::{LAST_OWNER, OrganisationRepository};
use users::application::record::Record;
use users::domain::api_key::{ApiKey, MAX_KEYS, Terms};
use users::domain::organisation::{Limits, Member, MemberRole, Organisation, OrganisationName};
use users::domain::password::PasswordHash;
use users::domain::user::User;
use users::infrastructure::api_key_repository::SqlApiKeyRepository;
use users::infrastructure::migration::Migrator;
use users::infrastructure::organisation_repository::SqlOrganisationRepository;
use users::infrastructure::user_repository::SqlUserRepository;

use crate::repository::user;

struct Stores {
    organisations: SqlOrganisationRepository,
    keys: SqlApiKeyRepository,
    ids: IdGenerator,
    owner: User,
    other: User,
    organisation: Organisation,
    adapter: &'static str,
    _platform: TestPlatform,
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_767_225_600_123_456).expect("an instant")
}

fn member(user: &User, role: MemberRole) -> Member {
    Member { user_id: user.id, role, since: now() }
}

impl Stores {
    async fn each() -> Vec<Self> {
        let mut all = Vec::new();
        for platform in TestPlatform::each().await {
            let database = platform.platform.database::<Migrator>("users").await.expect("the database opens");
            let ids = platform.platform.ids.clone();
            let users = SqlUserRepository::new(database.clone());
            let (owner, other) = (user(&ids, "owner"), user(&ids, "other"));
            for user in [&owner, &other] {
                users.add(user, &PasswordHash::new("x".into()), &Record::NOTHING).await.expect("it is added");
            }
            let organisation = Organisation {
                id: ids.next(),
                name: OrganisationName::parse("Radio Nord").expect("a name"),
                limits: Limits { per_minute: 100, per_day: 1000 },
                created_at: now(),
                members: vec![member(&owner, MemberRole::Owner)],
            };
            let organisations = SqlOrganisationRepository::new(database.clone());
            organisations.add(&organisation).await.expect("it is added");
            let keys = SqlApiKeyRepository::new(database);
            all.push(Self { organisations, keys, ids, owner, other, organisation, adapter: platform.adapter, _platform: platform });
        }
        all
    }

    fn key(&self, per_minute: u32, per_day: u32) -> (ApiKey, StoredSecret) {
        let secret = secret();
        let terms = Terms {
            name: "A key".into(),
            scopes: vec![Scope::CatalogRead, Scope::UsageRead],
            limits: Limits { per_minute, per_day },
            expires_at: Some(now() + Duration::days(1)),
            allowed_origins: vec!["https://app.example".into()],
            allowed_addresses: vec!["192.0.2.0/24".parse().expect("a network")],
        };
        let key = ApiKey {
            id: self.ids.next(),
            organisation_id: self.organisation.id,
            shown: secret.shown.clone(),
            terms,
            created_by: Some(self.owner.id),
            created_at: now(),
            revoked_at: None,
            last_used_at: None,
        };
        (key, secret)
    }

    async fn added(&self, per_minute: u32, per_day: u32) -> (ApiKey, StoredSecret) {
        let (key, secret) = self.key(per_minute, per_day);
        self.keys.add(&key, &secret, &Record::NOTHING).await.expect("it is added");
        (key, secret)
    }
}

fn secret() -> StoredSecret {
    let secret = ApiKeySecret::generate(&OsRandomness);
    StoredSecret { hash: secret.hash(), shown: secret.shown().to_owned(), created_at: now() }
}

fn constraint(result: Result<(), PortError>) -> String {
    match result {
        Err(PortError::Conflict { constraint }) => constraint,
        other => panic!("a conflict, not {other:?}"),
    }
}

#[tokio::test]
async fn organisations_are_found_with_their_members_as_they_were_put() {
    for stores in Stores::each().await {
        let Stores { organisations, organisation, owner, other, adapter, .. } = &stores;
        assert_eq!(organisations.find(&[organisation.id, stores.ids.next()]).await.unwrap(), std::slice::from_ref(organisation), "{adapter}");
        assert!(organisations.of_user(other.id).await.unwrap().is_empty(), "{adapter}");
        let later = Member { since: now() + Duration::seconds(1), ..member(other, MemberRole::Member) };
        organisations.put_member(organisation.id, &later).await.unwrap();
        organisations.put_member(organisation.id, &Member { role: MemberRole::Owner, since: now() + Duration::days(1), ..later.clone() }).await.unwrap();
        organisations.set_limits(organisation.id, Limits { per_minute: 7, per_day: 8 }).await.unwrap();
        let found = organisations.of_user(other.id).await.unwrap().pop().unwrap();
        assert_eq!(found.members, [member(owner, MemberRole::Owner), Member { role: MemberRole::Owner, ..later }], "{adapter}: the first time counts");
        assert_eq!(found.limits, Limits { per_minute: 7, per_day: 8 }, "{adapter}");
        let nowhere = stores.ids.next();
        assert!(matches!(organisations.put_member(nowhere, &member(other, MemberRole::Owner)).await, Err(PortError::NotFound)), "{adapter}");
        assert!(matches!(organisations.set_limits(nowhere, Limits { per_minute: 1, per_day: 1 }).await, Err(PortError::NotFound)), "{adapter}");
        assert!(!organisations.remove_member(nowhere, other.id).await.unwrap(), "{adapter}");
    }
}

#[tokio::test]
async fn an_organisation_keeps_an_owner_even_when_two_leave_at_once() {
    for stores in Stores::each().await {
        let Stores { organisations, organisation, owner, other, adapter, .. } = &stores;
        let id = organisation.id;
        assert_eq!(constraint(organisations.put_member(id, &member(owner, MemberRole::Member)).await), LAST_OWNER, "{adapter}");
        assert_eq!(constraint(organisations.remove_member(id, owner.id).await.map(|_| ())), LAST_OWNER, "{adapter}");
        organisations.put_member(id, &member(other, MemberRole::Owner)).await.unwrap();
        let both = futures::join!(organisations.remove_member(id, owner.id), organisations.remove_member(id, other.id));
        let left = [both.0, both.1].into_iter().filter(|left| matches!(left, Ok(true))).count();
        assert_eq!((left, organisations.find(&[id]).await.unwrap()[0].members.len()), (1, 1), "{adapter}");
    }
}

#[tokio::test]
async fn keys_are_found_as_they_were_added_and_by_their_secrets() {
    for stores in Stores::each().await {
        let Stores { keys, adapter, .. } = &stores;
        let (key, secret) = stores.added(10, 100).await;
        assert_eq!(keys.find(&[key.id]).await.unwrap(), std::slice::from_ref(&key), "{adapter}");
        assert_eq!(keys.of_organisations(&[key.organisation_id]).await.unwrap(), std::slice::from_ref(&key), "{adapter}");
        assert_eq!(keys.by_secret(&secret.hash).await.unwrap(), Some((key.clone(), None)), "{adapter}");
        assert_eq!(keys.by_secret("nonsense").await.unwrap(), None, "{adapter}");

        let next = self::secret();
        let until = now() + Duration::hours(1);
        keys.rotate(key.id, &next, until, &Record::NOTHING).await.unwrap();
        let rotated = ApiKey { shown: next.shown.clone(), ..key.clone() };
        assert_eq!(keys.by_secret(&secret.hash).await.unwrap(), Some((rotated.clone(), Some(until))), "{adapter}");
        assert_eq!(keys.by_secret(&next.hash).await.unwrap(), Some((rotated.clone(), None)), "{adapter}");
        keys.rotate(key.id, &self::secret(), until + Duration::hours(1), &Record::NOTHING).await.unwrap();
        assert_eq!(keys.by_secret(&secret.hash).await.unwrap().unwrap().1, Some(until), "{adapter}: an end never moves away");
        assert_eq!(rotated.answer(Some(until), until - Duration::seconds(1)), rotated.answer(Some(until), now()), "{adapter}");
        assert_eq!(rotated.answer(Some(until), until), KeyAnswer::Expired, "{adapter}");
        assert_eq!(rotated.answer(None, now() + Duration::days(1)), KeyAnswer::Expired, "{adapter}");

        keys.revoke(key.id, now(), &Record::NOTHING).await.unwrap();
        keys.revoke(key.id, now() + Duration::days(1), &Record::NOTHING).await.unwrap();
        let revoked = keys.by_secret(&next.hash).await.unwrap().unwrap().0;
        assert_eq!((revoked.revoked_at, revoked.answer(None, now())), (Some(now()), KeyAnswer::Revoked), "{adapter}");
        assert!(matches!(keys.rotate(key.id, &self::secret(), until, &Record::NOTHING).await, Err(PortError::NotFound)), "{adapter}");
        assert!(matches!(keys.revoke(stores.ids.next(), now(), &Record::NOTHING).await, Err(PortError::NotFound)), "{adapter}");
    }
}

#[tokio::test]
async fn all_keys_of_an_organisation_stay_within_its_limits_even_when_made_at_once() {
    for stores in Stores::each().await {
        let Stores { keys, adapter, .. } = &stores;
        let (first, _) = stores.added(60, 100).await;
        let attempt = async |per_minute, per_day| {
            let (key, secret) = stores.key(per_minute, per_day);
            keys.add(&key, &secret, &Record::NOTHING).await
        };
        assert_eq!(constraint(attempt(41, 100).await), PER_MINUTE_EXCEEDED, "{adapter}");
        assert_eq!(constraint(attempt(40, 901).await), PER_DAY_EXCEEDED, "{adapter}");
        let race = futures::join!(attempt(40, 100), attempt(40, 100), attempt(40, 100));
        assert_eq!([race.0, race.1, race.2].into_iter().filter(Result::is_ok).count(), 1, "{adapter}");
        keys.revoke(first.id, now(), &Record::NOTHING).await.unwrap();
        attempt(60, 900).await.unwrap();
        stores.organisations.set_limits(stores.organisation.id, Limits { per_minute: 1_000_000, per_day: 1_000_000 }).await.unwrap();
        for _ in 2..MAX_KEYS {
            attempt(1, 1).await.unwrap();
        }
        assert_eq!(constraint(attempt(1, 1).await), TOO_MANY_KEYS, "{adapter}");
        let (mut elsewhere, secret) = stores.key(1, 1);
        elsewhere.organisation_id = stores.ids.next();
        assert!(matches!(keys.add(&elsewhere, &secret, &Record::NOTHING).await, Err(PortError::NotFound)), "{adapter}");
    }
}

#[tokio::test]
async fn use_is_added_up_once_an_event_and_bounded_by_day() {
    for stores in Stores::each().await {
        let Stores { keys, ids, adapter, .. } = &stores;
        let (key, _) = stores.added(10, 100).await;
        let today = now().date_naive();
        let used = |day, at, operations: &[(&str, u64)]| ApiKeyUsed {
            key_id: key.id,
            day,
            last_used_at: at,
            operations: operations
                .iter()
                .map(|(name, requests)| OperationUse { operation: (*name).into(), requests: *requests, refused: 1, cost: 2 })
                .collect(),
        };
        let event = ids.uuid();
        for _ in 0..2 {
            keys.record_use(event, &used(today, now(), &[("A", 3), ("", 1)])).await.unwrap();
        }
        keys.record_use(ids.uuid(), &used(today, now() - Duration::hours(1), &[("A", 4)])).await.unwrap();
        let yesterday = today.pred_opt().unwrap();
        keys.record_use(ids.uuid(), &used(yesterday, now() - Duration::days(1), &[("B", 1)])).await.unwrap();
        let lines = keys.use_of(&[key.id], yesterday).await.unwrap();
        let lines: Vec<_> = lines.iter().map(|line| (line.day, line.operation.as_str(), line.requests, line.refused, line.cost)).collect();
        assert_eq!(lines, [(today, "", 1, 1, 2), (today, "A", 7, 2, 4), (yesterday, "B", 1, 1, 2)], "{adapter}");
        assert_eq!(keys.use_of(&[key.id], today).await.unwrap().len(), 2, "{adapter}");
        assert_eq!(keys.find(&[key.id]).await.unwrap()[0].last_used_at, Some(now()), "{adapter}: the latest use counts");

        let names: Vec<_> = (0..250).map(|number| format!("Made{number:03}")).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), 1)).collect();
        keys.record_use(ids.uuid(), &used(today, now(), &many)).await.unwrap();
        let lines = keys.use_of(&[key.id], today).await.unwrap();
        assert_eq!(lines.len(), 201, "{adapter}");
        assert_eq!(lines.iter().find(|line| line.operation == "(others)").unwrap().requests, 52, "{adapter}");
        let gone = ApiKeyUsed { key_id: ids.next(), ..used(today, now(), &[("A", 1)]) };
        keys.record_use(ids.uuid(), &gone).await.unwrap();
    }
}
