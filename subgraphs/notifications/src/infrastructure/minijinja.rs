//! The words of mail, from the templates in `template/`: `<reason>.txt` and `<reason>.html`, compiled in. The first line of a text
//! template is the subject. In HTML every text that comes from a person is escaped.

use chrono::{DateTime, Utc};
use kernel::PortError;
use kernel::events::AccountMail;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, context};

use crate::application::ports::{MailTemplates, Words};
use crate::domain::recipient::Recipient;

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

    fn render(&self, reason: AccountMail, recipient: &Recipient, token: Option<&str>, expires_at: Option<DateTime<Utc>>) -> Result<Words, Error> {
        let (name, path) = name_and_path(reason);
        if !path.is_empty() && (token.is_none() || expires_at.is_none()) {
            return Err(Error::new(ErrorKind::InvalidOperation, "this mail has a link, and the link an end"));
        }
        // After the #: a fragment stays in the browser, and so out of the logs of servers and proxies on the way.
        let link = token.map(|token| format!("{}{path}#token={token}", self.link_url));
        let until = expires_at.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string());
        let said = context! { name => recipient.name(), link, until };
        let text = self.environment.get_template(&format!("{name}.txt"))?.render(&said)?;
        let (subject, text) = text.split_once('\n').unwrap_or((&text, ""));
        let html = self.environment.get_template(&format!("{name}.html"))?.render(&said)?;
        Ok(Words { subject: subject.trim().to_owned(), text: text.trim_start().to_owned(), html })
    }
}

impl MailTemplates for MinijinjaTemplates {
    fn words(&self, reason: AccountMail, recipient: &Recipient, token: Option<&str>, expires_at: Option<DateTime<Utc>>) -> Result<Words, PortError> {
        self.render(reason, recipient, token, expires_at).map_err(PortError::corrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_words_and_no_name_becomes_markup() {
        let templates = MinijinjaTemplates::new("https://music.example".into()).unwrap();
        let recipient = Recipient::new("ada@example.org", "<img src=x onerror=alert(1)> & {{ link }}").unwrap();
        for reason in ALL {
            let words = templates.words(*reason, &recipient, Some("TOKEN"), Some(DateTime::UNIX_EPOCH)).unwrap();
            assert!(!words.subject.is_empty() && !words.subject.contains('\n'), "{reason:?}");
            assert!(words.text.contains("<img src=x"), "{reason:?}: plain text is not escaped: {}", words.text);
            assert!(!words.html.contains("<img") && words.html.contains("&lt;img"), "{reason:?}: {}", words.html);
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
        let recipient = Recipient::new("ada@example.org", "Ada").unwrap();
        assert!(templates.words(AccountMail::ResetPassword, &recipient, None, None).is_err());
        assert!(templates.words(AccountMail::PasswordChanged, &recipient, None, None).is_ok());
    }
}
