//! What `MailQueue` promises, on every database.

use chrono::Duration;
use kernel::PortError;
use kernel::events::AccountMail;
use notifications::application::ports::MailQueue as _;
use notifications::domain::mail::{DeadMail, Mail};
use notifications::infrastructure::mail_queue::SqlMailQueue;
use notifications::infrastructure::migration::Migrator;
use platform::testing::TestPlatform;

use crate::support::{ids, mail, now, told};

async fn queue(platform: &TestPlatform) -> SqlMailQueue {
    SqlMailQueue::new(platform.platform.database::<Migrator>("notifications").await.expect("the database opens"))
}

#[tokio::test]
async fn a_mail_is_claimed_once_until_its_lease_is_over() {
    for platform in TestPlatform::each().await {
        let queue = queue(&platform).await;
        let (mail, event) = (mail(), ids().uuid());
        queue.add(event, &mail, &told()).await.unwrap();
        queue.add(event, &Mail { id: ids().next(), ..mail.clone() }, &told()).await.unwrap();
        let lease = now() + Duration::minutes(5);
        assert_eq!(queue.claim(now() - Duration::seconds(1), lease, 9).await.unwrap(), []);
        assert_eq!(queue.claim(now(), lease, 9).await.unwrap(), std::slice::from_ref(&mail), "{}: an event queues one mail", platform.adapter);
        assert_eq!(queue.claim(now(), lease, 9).await.unwrap(), []);
        assert_eq!(queue.claim(lease, lease + Duration::minutes(5), 9).await.unwrap(), std::slice::from_ref(&mail), "who claimed it is gone");
        queue.postpone(mail.id, 3, lease).await.unwrap();
        assert_eq!(queue.claim(lease, lease + Duration::minutes(5), 9).await.unwrap(), [Mail { attempts: 3, ..mail.clone() }]);
        queue.forget(mail.id).await.unwrap();
        assert_eq!(queue.claim(lease + Duration::days(1), lease + Duration::days(2), 9).await.unwrap(), []);
    }
}

#[tokio::test]
async fn of_many_claimants_each_mail_goes_to_one() {
    for platform in TestPlatform::each().await {
        let queue = queue(&platform).await;
        for _ in 0..20 {
            queue.add(ids().uuid(), &mail(), &told()).await.unwrap();
        }
        let lease = now() + Duration::minutes(5);
        let claims = tokio::join!(queue.claim(now(), lease, 5), queue.claim(now(), lease, 5), queue.claim(now(), lease, 5), queue.claim(now(), lease, 5));
        let mut claimed: Vec<_> = [claims.0, claims.1, claims.2, claims.3].into_iter().flat_map(Result::unwrap).map(|mail| mail.id).collect();
        let all = claimed.len();
        claimed.sort();
        claimed.dedup();
        assert_eq!(claimed.len(), all, "{}", platform.adapter);
    }
}

#[tokio::test]
async fn the_dead_wait_for_an_operator() {
    for platform in TestPlatform::each().await {
        let queue = queue(&platform).await;
        let (mail, alive) = (mail(), mail());
        for mail in [&mail, &alive] {
            queue.add(ids().uuid(), mail, &told()).await.unwrap();
        }
        queue.bury(mail.id, 4, "no such\0mailbox", now()).await.unwrap();
        let dead = DeadMail { mail: Mail { attempts: 4, ..mail.clone() }, failure: "no such mailbox".into(), died_at: now() };
        assert_eq!(queue.dead(9).await.unwrap(), [dead], "{}", platform.adapter);
        for refused in [queue.revive(alive.id, now()).await, queue.discard(alive.id).await, queue.discard(ids().next()).await] {
            assert!(matches!(refused, Err(PortError::NotFound)), "{refused:?}");
        }
        queue.revive(mail.id, now()).await.unwrap();
        assert_eq!(queue.dead(9).await.unwrap(), []);
        let due = queue.claim(now(), now() + Duration::minutes(5), 9).await.unwrap();
        assert!(due.contains(&mail) && due.contains(&alive), "{due:?}");
        queue.bury(mail.id, 1, "again", now()).await.unwrap();
        queue.discard(mail.id).await.unwrap();
        assert_eq!(queue.dead(9).await.unwrap(), []);
    }
}

#[tokio::test]
async fn what_is_about_somebody_is_found_and_forgotten_whatever_its_state() {
    for platform in TestPlatform::each().await {
        let queue = queue(&platform).await;
        let (waiting, dead, anothers) = (mail(), mail(), mail());
        let user = waiting.user_id.expect("a person");
        let dead = Mail { user_id: Some(user), ..dead };
        let last = Mail { user_id: Some(user), reason: AccountMail::AccountDeleted, ticket_id: None, created_at: now() + Duration::seconds(1), ..mail() };
        for mail in [&waiting, &dead, &anothers, &last] {
            queue.add(ids().uuid(), mail, &told()).await.unwrap();
        }
        queue.bury(dead.id, 1, "no such mailbox", now()).await.unwrap();
        let found: Vec<_> = queue.of_user(user).await.unwrap().into_iter().map(|mail| mail.id).collect();
        assert!(found.len() == 3 && found.contains(&waiting.id) && found.contains(&dead.id), "{}: {found:?}", platform.adapter);
        queue.forget_user(user).await.unwrap();
        assert_eq!((queue.of_user(user).await.unwrap(), queue.dead(9).await.unwrap()), (Vec::new(), Vec::new()));
        assert_eq!(queue.claim(now(), now() + Duration::minutes(5), 9).await.unwrap(), [anothers]);
        // The last word to them waits on, as nobody's.
        let later = now() + Duration::seconds(1);
        assert_eq!(queue.claim(later, later + Duration::minutes(5), 9).await.unwrap(), [Mail { user_id: None, ..last }]);
    }
}
