//! What `TicketRepository` promises beyond what the flows show, on every database.

use chrono::Duration;
use kernel::Clock as _;
use platform::testing::TestPlatform;
use users::application::ports::{TicketRepository as _, UserRepository as _};
use users::application::record::Record;
use users::domain::email::Email;
use users::domain::password::PasswordHash;
use users::domain::ticket::{Purpose, Ticket};
use users::infrastructure::migration::Migrator;
use users::infrastructure::ticket_repository::SqlTicketRepository;
use users::infrastructure::user_repository::SqlUserRepository;

#[tokio::test]
async fn a_ticket_is_good_until_it_is_replaced_used_or_too_old() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("users").await.unwrap();
        let ids = &platform.platform.ids;
        let now = platform.clock.now();
        let nina = crate::repository::user(ids, "nina");
        SqlUserRepository::new(database.clone()).add(&nina, &PasswordHash::new("x".into()), &Record::NOTHING).await.unwrap();
        let tickets = SqlTicketRepository::new(database);
        let ticket = |purpose| Ticket::new(ids.next(), nina.id, purpose, nina.email.clone(), now);
        let (old, new, other) = (ticket(Purpose::VerifyEmail), ticket(Purpose::VerifyEmail), ticket(Purpose::ResetPassword));
        for ticket in [&old, &new, &other] {
            tickets.issue(std::slice::from_ref(ticket), &Record::NOTHING).await.unwrap();
        }
        assert_eq!(tickets.find(old.id, now).await.unwrap(), None, "{}: replaced", platform.adapter);
        assert_eq!(tickets.find(new.id, now).await.unwrap(), Some(new.clone()));
        assert_eq!(tickets.find(other.id, other.expires_at).await.unwrap(), None, "too old");
        assert!(!tickets.prove_email(&new, new.expires_at, &Record::NOTHING).await.unwrap());
        let elsewhere = Ticket { email: Email::parse("x@example.com").unwrap(), ..new.clone() };
        assert!(tickets.prove_email(&new, now, &Record::NOTHING).await.unwrap());
        assert!(!tickets.prove_email(&new, now, &Record::NOTHING).await.unwrap());
        assert_eq!(tickets.find(new.id, now).await.unwrap(), None, "used");
        tickets.issue(std::slice::from_ref(&elsewhere), &Record::NOTHING).await.unwrap();
        assert!(!tickets.prove_email(&elsewhere, now, &Record::NOTHING).await.unwrap(), "the account has another address by now");
        tickets.forget_expired(now + Duration::minutes(30)).await.unwrap();
        assert_eq!(tickets.find(other.id, now).await.unwrap(), None);
    }
}
