//! The words of mail, from the templates in `template/`: `<reason>.txt` and `<reason>.html`, compiled in. The first line of a text
//! template is the subject. In HTML every text that comes from a person is escaped.

use kernel::PortError;
use kernel::events::AccountMail;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, context};

use crate::application::ports::{MailTemplates, Words};
use crate::domain::mail::Mail;

macro_rules! templates {
    ($($reason:ident $name:literal $path:literal;)*) => {
        /// Template name, and the page of a front end that its link opens.
        const fn name_and_path(reason: AccountMail) -> (&'static str, &'static str) {
            match reason {
                $(AccountMail::$reason => ($name, $path),)*
            }
        }

        #[cfg(test)]
        const ALL: &[AccountMail] = &[$(AccountMail::$reason),*];

        const SOURCES: &[(&str, &str)] = &[
            ("layout.html", include_str!("template/layout.html")),
            $(
                (concat!($name, ".txt"), include_str!(concat!("template/", $name, ".txt"))),
                (concat!($name, ".html"), include_str!(concat!("template/", $name, ".html"))),
            )*
        ];
    };
}

// A macro, because the files are compiled in by their names; the match stays complete.
templates! {
    Welcome "welcome" "/account/verify-email";
    VerifyEmail "verify_email" "/account/verify-email";
    ResetPassword "reset_password" "/account/reset-password";
    ConfirmOldEmail "confirm_old_email" "/account/confirm-email";
    ConfirmNewEmail "confirm_new_email" "/account/confirm-email";
    EmailChanged "email_changed" "";
    PasswordChanged "password_changed" "";
    SecondFactorOn "second_factor_on" "";
    SecondFactorOff "second_factor_off" "";
    NewDevice "new_device" "";
    AddressInUse "address_in_use" "";
    Suspended "suspended" "";
    SecondFactorReset "second_factor_reset" "";
    DeletionScheduled "deletion_scheduled" "";
    AccountDeleted "account_deleted" "";
    RecordingHeld "recording_held" "";
    RecordingAllowed "recording_allowed" "";
    RecordingRejected "recording_rejected" "";
}

/// [`MailTemplates`] by minijinja.
pub struct MinijinjaTemplates {
    environment: Environment<'static>,
    link_url: String,
}

impl MinijinjaTemplates {
    /// Templates whose links begin with `link_url`, without a slash at its end.
    pub fn new(link_url: String) -> Result<Self, Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in SOURCES {
            environment.add_template(name, source)?;
        }
        Ok(Self { environment, link_url })
    }

    fn render(&self, mail: &Mail, token: Option<&str>) -> Result<Words, Error> {
        let (name, path) = name_and_path(mail.reason);
        if !path.is_empty() && (token.is_none() || mail.expires_at.is_none()) {
            return Err(Error::new(ErrorKind::InvalidOperation, "this mail has a link, and the link an end"));
        }
        // After the #: a fragment stays in the browser, and so out of the logs of servers and proxies on the way.
        let link = token.map(|token| format!("{}{path}#token={token}", self.link_url));
        let until = mail.expires_at.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string());
        let said = context! { name => mail.recipient.name(), link, until, about => mail.about };
        let text = self.environment.get_template(&format!("{name}.txt"))?.render(&said)?;
        let (subject, text) = text.split_once('\n').unwrap_or((&text, ""));
        let html = self.environment.get_template(&format!("{name}.html"))?.render(&said)?;
        Ok(Words { subject: subject.trim().to_owned(), text: text.trim_start().to_owned(), html })
    }
}

impl MailTemplates for MinijinjaTemplates {
    fn words(&self, mail: &Mail, token: Option<&str>) -> Result<Words, PortError> {
        self.render(mail, token).map_err(PortError::corrupt)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use kernel::Id;
    use kernel::events::MailMatter;

    use super::*;
    use crate::domain::recipient::Recipient;

    /// With markup in everything that a person could write.
    fn mail(reason: AccountMail, name: &str, expires_at: Option<DateTime<Utc>>) -> Mail {
        Mail {
            id: Id::from_uuid(uuid::Uuid::nil()),
            user_id: None,
            recipient: Recipient::new("ada@example.org", name).unwrap(),
            reason,
            ticket_id: None,
            expires_at,
            about: Some(MailMatter { title: "<b>Dawn</b>".into(), reason: Some("<i>It is Eve's.</i>\n".into()) }),
            attempts: 0,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_reason_has_words_and_no_name_becomes_markup() {
        let templates = MinijinjaTemplates::new("https://music.example".into()).unwrap();
        for reason in ALL {
            let mail = mail(*reason, "<img src=x onerror=alert(1)> & {{ link }}", Some(DateTime::UNIX_EPOCH));
            let words = templates.words(&mail, Some("TOKEN")).unwrap();
            assert!(!words.subject.is_empty() && !words.subject.contains('\n'), "{reason:?}");
            assert!(words.text.contains("<img src=x"), "{reason:?}: plain text is not escaped: {}", words.text);
            assert!(!words.html.contains("<img") && words.html.contains("&lt;img"), "{reason:?}: {}", words.html);
            assert!(!words.html.contains("<b>") && !words.html.contains("<i>"), "{reason:?}: {}", words.html);
            let (_, path) = name_and_path(*reason);
            for text in [&words.text, &words.html.replace("&#x2f;", "/")] {
                let linked = text.contains(&format!("https://music.example{path}#token=TOKEN"));
                assert_eq!(linked, !path.is_empty(), "{reason:?}: {text}");
                let dated = linked || *reason == AccountMail::DeletionScheduled;
                assert_eq!(text.contains("1970-01-01 00:00 UTC"), dated, "{reason:?}: {text}");
            }
        }
    }

    #[test]
    fn a_link_without_a_token_is_a_mistake_and_not_a_mail() {
        let templates = MinijinjaTemplates::new("https://music.example".into()).unwrap();
        assert!(templates.words(&mail(AccountMail::ResetPassword, "Ada", None), None).is_err());
        assert!(templates.words(&mail(AccountMail::PasswordChanged, "Ada", None), None).is_ok());
    }

    #[test]
    fn what_was_decided_is_told_with_the_title_and_the_words_of_who_decided() {
        let templates = MinijinjaTemplates::new("https://music.example".into()).unwrap();
        let rejected = mail(AccountMail::RecordingRejected, "Ada", None);
        let words = templates.words(&rejected, None).unwrap();
        assert!(words.text.contains("<b>Dawn</b>") && words.text.contains("<i>It is Eve's.</i>"), "{}", words.text);
        assert!(words.html.contains("&lt;b&gt;Dawn") && words.html.contains("It is Eve"), "{}", words.html);
        let silent = Mail { about: Some(MailMatter { title: "Dawn".into(), reason: None }), ..mail(AccountMail::RecordingAllowed, "Ada", None) };
        assert!(!templates.words(&silent, None).unwrap().text.contains("None"));
        let nothing = Mail { about: None, ..mail(AccountMail::RecordingHeld, "Ada", None) };
        assert!(templates.words(&nothing, None).is_err(), "a mail about nothing is a mistake");
    }
}
