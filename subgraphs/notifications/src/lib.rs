//! Notifications: what people are told outside the product. So far: mail about their account.
//!
//! - **Vocabulary**: a *mail* is one person to be told one thing; an *attempt* hands it to the mail server; a mail that cannot be
//!   delivered is *dead* and waits for an operator, who retries or discards it.
//! - **Tables**: `mail`; `outbox` and `inbox`. The queue keeps why somebody gets mail, never the words: those are made at the
//!   moment of sending, and with them the token of a link, so that no table holds one.
//! - **Events in**: `user.mail_requested`, `data_export.requested`, `user.deleted`. **Events out**: `mail.queued`, `mail.refused`,
//!   `data_export.collected`, `person.erased`.

pub mod application;
pub mod domain;
pub mod graphql;
pub mod infrastructure;

use std::sync::Arc;
use std::time::Duration;

use kernel::{EventPayload as _, events};
use platform::config::MailConfig;
use platform::context::Task;
use platform::one_time::OneTimeTokens;
use platform::{Context, Database, OpenError, Platform};
use tokio_util::sync::CancellationToken;

use application::on_mail_requested::OnMailRequested;
use application::personal_mail::PersonalMail;
use application::ports::Mailer;
use application::{Ports, UseCases};
use domain::backoff::Backoff;
use infrastructure::eml::EmlMailer;
use infrastructure::lettre::{Sender, SmtpMailer};
use infrastructure::mail_queue::SqlMailQueue;
use infrastructure::migration::Migrator;
use infrastructure::minijinja::MinijinjaTemplates;

/// The context's name: its subgraph's, its database's, its event consumer's.
pub const NAME: &str = "notifications";

/// The facts it acts on, all of them.
pub const EVENTS_IN: [&str; 3] = [events::MailRequested::TYPE, events::DataExportRequested::TYPE, events::UserDeleted::TYPE];

/// How often the queue is looked at without being woken: for second attempts, and for what another process queued.
const LOOK: Duration = Duration::from_secs(1);

/// Starts the context on `platform`: brings its tables up to date.
pub async fn start(platform: &Platform) -> Result<Context, OpenError> {
    let mailer = mailer(platform)?;
    start_with(platform, mailer).await
}

/// [`start`] with another mailer; for tests.
pub async fn start_with(platform: &Platform, mailer: Arc<dyn Mailer>) -> Result<Context, OpenError> {
    let database = platform.database::<Migrator>(NAME).await?;
    let config = &platform.config.notifications;
    let link_url = if config.link_url.is_empty() { platform.config.public_url() } else { config.link_url.trim_end_matches('/').to_owned() };
    let templates = MinijinjaTemplates::new(link_url).map_err(|source| OpenError::Other { what: "a mail template is wrong".into(), source: source.into() })?;
    let ports = Ports {
        queue: Arc::new(SqlMailQueue::new(database.clone())),
        mailer,
        templates: Arc::new(templates),
        tokens: OneTimeTokens::new(&platform.config.internal_secret),
        clock: platform.clock.clone(),
        ids: platform.ids.clone(),
        backoff: Backoff { first_secs: config.first_retry_secs, max_attempts: config.max_attempts },
    };
    let use_cases = Arc::new(UseCases::new(&ports));
    let mut context = Context::new(NAME);
    context.subgraph = Some(graphql::subgraph(use_cases.clone()));
    let personal = Arc::new(PersonalMail { queue: ports.queue.clone() });
    context.handlers.push(Arc::new(OnMailRequested { queue: ports.queue, clock: ports.clock, ids: ports.ids, events: platform.events(NAME) }));
    context.handlers.push(platform.on_person(NAME, personal, &database));
    context.tasks.push(platform.outbox_relay("notifications.outbox", &database));
    context.tasks.push(Task::new("notifications.mail", {
        let database = database.clone();
        move |stop| deliver(use_cases, database, stop)
    }));
    context.databases.push(database);
    Ok(context)
}

/// The mailer that the configuration names.
fn mailer(platform: &Platform) -> Result<Arc<dyn Mailer>, OpenError> {
    let wrong = |what: &str, source| OpenError::Other { what: format!("mail cannot be sent: {what}"), source };
    let sender = Sender::parse(&platform.config.notifications.from).map_err(|error| wrong("notifications.from is no mailbox", error.into()))?;
    let mailer: Arc<dyn Mailer> = match &platform.config.mail {
        MailConfig::Files {} => {
            let folder = platform.config.data.join("mail");
            std::fs::create_dir_all(&folder).map_err(|error| wrong("its folder cannot be made", error.into()))?;
            Arc::new(EmlMailer::new(folder, sender))
        }
        MailConfig::Smtp { url } => Arc::new(SmtpMailer::new(url, sender).map_err(|error| wrong("mail.url names no server", error.into()))?),
    };
    Ok(mailer)
}

async fn deliver(use_cases: Arc<UseCases>, database: Database, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match use_cases.deliver_mail.run().await {
            // There may be more.
            Ok(delivered) if delivered > 0 => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the mail queue cannot be read now"),
        }
        tokio::select! {
            () = database.committed() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => {}
        }
    }
}
