//! From the event to the letter.

use std::sync::Arc;

use chrono::Duration;
use kernel::events::{AccountMail, MailMatter, MailRequested};
use kernel::id::Ticket;
use kernel::{Id, Viewer};
use notifications::application::ports::SendError;
use notifications::application::{Ports, UseCases};
use notifications::domain::backoff::Backoff;
use notifications::infrastructure::mail_queue::SqlMailQueue;
use notifications::infrastructure::migration::Migrator;
use notifications::infrastructure::minijinja::MinijinjaTemplates;
use platform::Context;
use platform::consumer::HandleError;
use platform::one_time::OneTimeTokens;
use platform::testing::TestPlatform;

use crate::support::FakeMailer;

struct Stage {
    platform: TestPlatform,
    mailer: Arc<FakeMailer>,
    context: Context,
    use_cases: UseCases,
    tokens: OneTimeTokens,
}

impl Stage {
    async fn set() -> Self {
        let platform = TestPlatform::new().await;
        let mailer = Arc::new(FakeMailer::default());
        let inner = &platform.platform;
        let context = notifications::start_with(inner, mailer.clone()).await.expect("the context starts");
        let tokens = OneTimeTokens::new(&inner.config.internal_secret);
        let use_cases = UseCases::new(&Ports {
            queue: Arc::new(SqlMailQueue::new(inner.database::<Migrator>("notifications").await.expect("the database opens"))),
            mailer: mailer.clone(),
            templates: Arc::new(MinijinjaTemplates::new("https://music.example".into()).expect("templates")),
            tokens: tokens.clone(),
            clock: inner.clock.clone(),
            ids: inner.ids.clone(),
            backoff: Backoff { first_secs: 30, max_attempts: 3 },
        });
        Self { platform, mailer, context, use_cases, tokens }
    }

    async fn request(&self, change: impl FnOnce(&mut MailRequested)) -> Result<Id<Ticket>, HandleError> {
        let ids = &self.platform.platform.ids;
        let ticket = ids.next();
        let expires_at = kernel::Clock::now(&*self.platform.clock) + Duration::hours(9);
        let mut asked = MailRequested {
            user_id: ids.next(),
            mail: AccountMail::ResetPassword,
            to: "ada@example.org".into(),
            name: "Ada".into(),
            ticket_id: Some(ticket),
            expires_at: Some(expires_at),
            about: None,
        };
        change(&mut asked);
        let event = self.platform.platform.events("users").wrap(&asked);
        assert!(!serde_json::to_string(&event).expect("JSON").contains(&self.tokens.token(ticket)), "the log holds no secret");
        // Delivered at least once: the second time changes nothing.
        self.context.handlers[0].handle(&event).await?;
        self.context.handlers[0].handle(&event).await?;
        Ok(ticket)
    }
}

#[tokio::test]
async fn an_event_becomes_one_letter_with_a_link() {
    let stage = Stage::set().await;
    let ticket = stage.request(|_| {}).await.expect("it is queued");
    assert_eq!(stage.use_cases.deliver_mail.run().await.unwrap(), 1);
    assert_eq!(stage.use_cases.deliver_mail.run().await.unwrap(), 0);
    let sent = stage.mailer.sent();
    assert_eq!((sent.len(), sent[0].recipient.address()), (1, "ada@example.org"));
    let link = format!("https://music.example/account/reset-password#token={}", stage.tokens.token(ticket));
    assert!(sent[0].words.text.contains(&link), "{}", sent[0].words.text);
}

#[tokio::test]
async fn a_letter_about_a_track_names_it_and_says_what_an_admin_says() {
    let stage = Stage::set().await;
    let asked = |asked: &mut MailRequested| {
        (asked.mail, asked.ticket_id, asked.expires_at) = (AccountMail::RecordingRejected, None, None);
        asked.about = Some(MailMatter { title: "Mine".into(), reason: Some("It is Ada's.".into()) });
    };
    stage.request(asked).await.expect("it is queued");
    assert_eq!(stage.use_cases.deliver_mail.run().await.unwrap(), 1);
    let words = stage.mailer.sent()[0].words.clone();
    assert!(words.text.contains("Mine") && words.text.contains("It is Ada's."), "{}", words.text);
}

#[tokio::test]
async fn a_failure_comes_again_later_and_is_given_up_in_the_end() {
    let stage = Stage::set().await;
    stage.request(|_| {}).await.expect("it is queued");
    let admin = crate::graphql::admin(&stage.platform.platform.ids);
    let busy = || SendError::Transient("the server is busy".into());
    for (attempt, pause) in [(1, 30), (2, 90), (3, 0)] {
        stage.mailer.will_fail(busy());
        assert_eq!(stage.use_cases.deliver_mail.run().await.unwrap(), 1, "attempt {attempt}");
        stage.platform.clock.advance(Duration::seconds(pause - 1).max(Duration::zero()));
        assert_eq!(stage.use_cases.deliver_mail.run().await.unwrap(), 0, "not before its time");
        stage.platform.clock.advance(Duration::seconds(1));
    }
    let dead = stage.use_cases.list_undelivered.run(&admin).await.unwrap();
    assert_eq!((dead.len(), dead[0].mail.attempts), (1, 3));
    assert!(dead[0].failure.contains("the server is busy"), "{}", dead[0].failure);
    stage.use_cases.retry_mail.run(&admin, dead[0].mail.id).await.unwrap();
    stage.use_cases.deliver_mail.run().await.unwrap();
    assert_eq!(stage.mailer.sent().len(), 1);
    assert!(stage.use_cases.list_undelivered.run(&Viewer::Anonymous).await.is_err());
}

#[tokio::test]
async fn a_refusal_for_good_is_given_up_at_once_and_a_stale_link_is_not_sent() {
    let stage = Stage::set().await;
    stage.request(|_| {}).await.expect("it is queued");
    stage.mailer.will_fail(SendError::Permanent("no such mailbox".into()));
    stage.use_cases.deliver_mail.run().await.unwrap();
    let admin = crate::graphql::admin(&stage.platform.platform.ids);
    assert_eq!(stage.use_cases.list_undelivered.run(&admin).await.unwrap().len(), 1);

    stage.request(|_| {}).await.expect("it is queued");
    stage.platform.clock.advance(Duration::hours(9));
    assert_eq!(stage.use_cases.deliver_mail.run().await.unwrap(), 1);
    assert_eq!(stage.mailer.sent().len(), 0);
}

#[tokio::test]
async fn a_recipient_that_would_break_out_of_a_header_is_a_dead_letter() {
    let stage = Stage::set().await;
    let to = stage.request(|asked| asked.to = "ada@example.org\r\nBcc: all@example.org".into()).await;
    assert!(matches!(to, Err(HandleError::Permanent(_))), "{to:?}");
    let name = stage.request(|asked| asked.name = "Ada\nBcc: all@example.org".into()).await;
    assert!(matches!(name, Err(HandleError::Permanent(_))), "{name:?}");
    assert_eq!(stage.use_cases.deliver_mail.run().await.unwrap(), 0);
}

#[tokio::test]
async fn the_last_mail_of_an_account_is_sent_or_forgotten_and_never_kept() {
    let stage = Stage::set().await;
    let admin = crate::graphql::admin(&stage.platform.platform.ids);
    let last = |asked: &mut MailRequested| {
        asked.mail = AccountMail::AccountDeleted;
        asked.ticket_id = None;
    };
    stage.request(last).await.expect("it is queued");
    stage.use_cases.deliver_mail.run().await.unwrap();
    assert_eq!(stage.mailer.sent()[0].words.subject, "Your account was deleted");
    stage.request(last).await.expect("it is queued");
    stage.mailer.will_fail(SendError::Permanent("no such mailbox".into()));
    stage.use_cases.deliver_mail.run().await.unwrap();
    assert_eq!(stage.use_cases.list_undelivered.run(&admin).await.unwrap(), [], "no operator gets to read it");
}
