//! Letters as messages (RFC 5322), and their way out by SMTP (RFC 5321) with TLS.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::application::ports::{Letter, Mailer, SendError};

/// How long one step of a conversation with the server may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Whom mail is from.
#[derive(Clone)]
pub struct Sender {
    mailbox: Mailbox,
}

/// A text is no mailbox.
#[derive(Debug, thiserror::Error)]
#[error("write it as `Name <local@domain>`")]
pub struct InvalidSender;

impl Sender {
    /// From `Name <local@domain>`.
    pub fn parse(text: &str) -> Result<Self, InvalidSender> {
        // The parser takes the first mailbox it finds and does not mind what follows.
        if text.chars().any(char::is_control) {
            return Err(InvalidSender);
        }
        text.parse::<Mailbox>().map(|mailbox| Self { mailbox }).map_err(|_| InvalidSender)
    }

    /// The message of a letter: text and HTML as alternatives.
    pub(super) fn message(&self, letter: &Letter) -> Result<Message, SendError> {
        let unwritable = SendError::Permanent;
        let recipient = &letter.recipient;
        let address: Address = recipient.address().parse().map_err(|error: lettre::address::AddressError| unwritable(error.into()))?;
        let name = (!recipient.name().is_empty()).then(|| recipient.name().to_owned());
        let words = &letter.words;
        if words.subject.chars().any(char::is_control) {
            return Err(unwritable("the subject is more than one line".into()));
        }
        Message::builder()
            .from(self.mailbox.clone())
            .to(Mailbox::new(name, address))
            .subject(words.subject.clone())
            // The same at each attempt: a mail that came twice is shown once.
            .message_id(Some(format!("<{}@{}>", letter.id, self.mailbox.email.domain())))
            .date(letter.sent_at.into())
            .multipart(MultiPart::alternative_plain_html(words.text.clone(), words.html.clone()))
            .map_err(|error| unwritable(error.into()))
    }
}

/// [`Mailer`] that hands letters to a mail server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
}

impl SmtpMailer {
    /// The server at `url`: `smtps://user:password@host` (TLS from the first byte), `smtp://…?tls=required` (STARTTLS, or nothing),
    /// `smtp://…` (in the clear, for a relay on this machine).
    pub fn new(url: &str, sender: Sender) -> Result<Self, smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.timeout(Some(TIMEOUT)).build();
        Ok(Self { transport, sender })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, letter: &Letter) -> Result<(), SendError> {
        let message = self.sender.message(letter)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            // 5yz (RFC 5321 §4.2.1): the server will say the same again.
            Err(error) if error.is_permanent() => Err(SendError::Permanent(error.into())),
            Err(error) => Err(SendError::Transient(error.into())),
        }
    }
}
