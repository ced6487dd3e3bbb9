//! What `Mailer` promises, on files and on a mail server.

use notifications::application::ports::{Letter, Mailer, SendError, Words};
use notifications::infrastructure::eml::EmlMailer;
use notifications::infrastructure::lettre::{Sender, SmtpMailer};

use crate::smtp_server::FakeSmtpServer;
use crate::support::letter;

fn sender() -> Sender {
    Sender::parse("Polyphony <no-reply@polyphony.example>").expect("a mailbox")
}

/// What a mailer handed over.
async fn each(check: impl AsyncFn(&dyn Mailer, &dyn Fn() -> Vec<String>)) {
    let folder = tempfile::tempdir().expect("a folder");
    let files = || -> Vec<String> {
        let entries = std::fs::read_dir(folder.path()).expect("a folder");
        let files = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
        files.map(|file| std::fs::read_to_string(file).expect("a file")).collect()
    };
    check(&EmlMailer::new(folder.path().to_owned(), sender()), &files).await;
    let server = FakeSmtpServer::start("250 ok").await;
    check(&SmtpMailer::new(&server.url, sender()).expect("a server"), &|| server.letters()).await;
}

#[tokio::test]
async fn a_letter_arrives_whole_and_once_per_id() {
    each(async |mailer, handed_over| {
        let letter = letter();
        mailer.send(&letter).await.expect("it leaves");
        let message = handed_over().pop().expect("it arrived");
        let (head, body) = message.split_once("\r\n\r\n").expect("head and body");
        for part in ["From: Polyphony <no-reply@polyphony.example>", "ada@example.org", "Date: ", "=?utf-8?b?", "multipart/alternative"] {
            assert!(head.contains(part), "{part} in {head}");
        }
        assert!(head.contains(&format!("Message-ID: <{}@polyphony.example>", letter.id)), "{head}");
        for part in ["plain words", "a line with a dot", "<p>set words</p>", "text/plain", "text/html"] {
            assert!(body.contains(part), "{part} in {body}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_text_becomes_a_header() {
    each(async |mailer, handed_over| {
        let good = letter();
        for subject in ["Hello\r\nBcc: all@example.org", "Hello\nX: y", "Hello\r"] {
            let words = Words { subject: subject.into(), ..good.words.clone() };
            let refused = mailer.send(&Letter { words, ..good.clone() }).await;
            assert!(matches!(refused, Err(SendError::Permanent(_))), "{subject:?}: {refused:?}");
        }
        assert_eq!(handed_over(), Vec::<String>::new());
        let words = Words { text: "Bcc: all@example.org\r\n\r\nwords".into(), ..good.words.clone() };
        mailer.send(&Letter { words, ..good }).await.expect("it leaves");
        let message = handed_over().pop().expect("it arrived");
        assert!(!message.split_once("\r\n\r\n").expect("head and body").0.contains("Bcc"), "{message}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_refuses_for_good_is_told_apart_from_one_that_is_busy() {
    for (reply, permanent) in [("550 no such mailbox", true), ("451 try later", false), ("421 closing", false)] {
        let server = FakeSmtpServer::start(reply).await;
        let refused = SmtpMailer::new(&server.url, sender()).expect("a server").send(&letter()).await;
        assert_eq!(matches!(refused, Err(SendError::Permanent(_))), permanent, "{reply}: {refused:?}");
        assert!(refused.is_err());
    }
    let gone = SmtpMailer::new("smtp://127.0.0.1:1", sender()).expect("an address").send(&letter()).await;
    assert!(matches!(gone, Err(SendError::Transient(_))), "{gone:?}");
}

#[test]
fn what_names_no_mailbox_or_server_is_refused() {
    for text in ["", "Polyphony", "Polyphony <a@b.example>\r\nBcc: x@y.example"] {
        assert!(Sender::parse(text).is_err(), "{text:?}");
    }
    for url in ["", "http://mail.example", "mail.example"] {
        assert!(SmtpMailer::new(url, sender()).is_err(), "{url:?}");
    }
}
