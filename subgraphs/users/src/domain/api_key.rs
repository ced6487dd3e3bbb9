//! A partner's key: what it may be used for, how much, from where and until when. Its text is [`platform::api_key`]'s.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use ipnet::IpNet;
use kernel::id::{ApiKeyId, OrganisationId, UserId};
use kernel::{InvalidField, Scope};
use platform::api_key::{KeyAnswer, KeyRights};
use url::{Origin, Url};

use super::organisation::{Limits, one_line};

const MAX_NAME: usize = 80;
const MAX_ORIGINS: usize = 20;
const MAX_ADDRESSES: usize = 50;
/// Keys of an organisation that are not revoked.
pub const MAX_KEYS: usize = 20;
/// How long a rotated secret may go on beside its successor.
pub const LONGEST_OVERLAP: Duration = Duration::days(30);

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id; the same through all rotations.
    pub id: ApiKeyId,
    /// Whose.
    pub organisation_id: OrganisationId,
    /// The first characters of its newest secret.
    pub shown: String,
    /// What was chosen for it.
    pub terms: Terms,
    /// Who made it; none when the account is gone.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, give or take the seconds between two reports.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What is chosen for a key when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What people call it.
    pub name: String,
    /// What it may be used for; at least one thing.
    pub scopes: Vec<Scope>,
    /// How much it may ask for.
    pub limits: Limits,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// Origins whose pages may use it; empty: it is not bound to any.
    pub allowed_origins: Vec<String>,
    /// Networks it may be used from; empty: from anywhere.
    pub allowed_addresses: Vec<IpNet>,
}

/// The wished-for terms, unchecked.
#[derive(Debug, Clone)]
pub struct TermsWish {
    /// What people call it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Requests a minute.
    pub per_minute: i32,
    /// Requests a day.
    pub per_day: i32,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// Origins whose pages may use it.
    pub allowed_origins: Vec<String>,
    /// Addresses or networks it may be used from.
    pub allowed_addresses: Vec<String>,
}

impl Terms {
    /// The wish, when all of it can be had.
    pub fn parse(wish: TermsWish, now: DateTime<Utc>) -> Result<Self, InvalidField> {
        let mut scopes = wish.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(InvalidField::new("scopes", "must name at least one"));
        }
        if wish.expires_at.is_some_and(|at| at <= now) {
            return Err(InvalidField::new("expiresAt", "must be in the future"));
        }
        Ok(Self {
            name: one_line("name", &wish.name, MAX_NAME)?,
            scopes,
            limits: Limits { per_minute: positive("perMinute", wish.per_minute)?, per_day: positive("perDay", wish.per_day)? },
            expires_at: wish.expires_at,
            allowed_origins: each("allowedOrigins", &wish.allowed_origins, MAX_ORIGINS, origin)?,
            allowed_addresses: each("allowedAddresses", &wish.allowed_addresses, MAX_ADDRESSES, network)?,
        })
    }
}

/// A number of requests.
pub fn positive(field: &'static str, number: i32) -> Result<u32, InvalidField> {
    u32::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| InvalidField::new(field, "must be at least 1"))
}

/// How long a rotated secret goes on, from a client's seconds.
pub fn overlap(secs: i32) -> Result<Duration, InvalidField> {
    let overlap = Duration::seconds(secs.into());
    if overlap < Duration::zero() || overlap > LONGEST_OVERLAP {
        return Err(InvalidField::new("overlapSecs", format!("must be 0 to {}", LONGEST_OVERLAP.num_seconds())));
    }
    Ok(overlap)
}

fn each<T: PartialEq>(field: &'static str, texts: &[String], most: usize, parse: fn(&str) -> Option<T>) -> Result<Vec<T>, InvalidField> {
    if texts.len() > most {
        return Err(InvalidField::new(field, format!("must not have more than {most} entries")));
    }
    let mut list = Vec::with_capacity(texts.len());
    for text in texts {
        let what = if field == "allowedOrigins" { "an origin like https://app.example" } else { "an address or a network like 192.0.2.0/24" };
        let value = parse(text.trim()).ok_or_else(|| InvalidField::new(field, format!("must hold nothing but {what}")))?;
        if !list.contains(&value) {
            list.push(value);
        }
    }
    Ok(list)
}

/// An origin as browsers write it (RFC 6454 §6.2): scheme, host and, unless it is the scheme's own, port.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    match url.origin() {
        origin @ Origin::Tuple(..) if bare => Some(origin.ascii_serialization()),
        _ => None,
    }
}

fn network(text: &str) -> Option<IpNet> {
    let network = text.parse().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
    network.ok().map(|network| network.trunc())
}

impl ApiKey {
    /// The answer about one of this key's secrets, which goes on until `secret_expires_at` when it was rotated away.
    pub fn answer(&self, secret_expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> KeyAnswer {
        let is_over = |end: Option<DateTime<Utc>>| end.is_some_and(|end| end <= now);
        if self.revoked_at.is_some() {
            return KeyAnswer::Revoked;
        }
        if is_over(self.terms.expires_at) || is_over(secret_expires_at) {
            return KeyAnswer::Expired;
        }
        // The earlier of the two ends what a live operation may rely on.
        let expires_at = [self.terms.expires_at, secret_expires_at].into_iter().flatten().min();
        KeyAnswer::Good(Box::new(KeyRights {
            key_id: self.id,
            organisation_id: self.organisation_id,
            scopes: self.terms.scopes.clone(),
            per_minute: self.terms.limits.per_minute,
            per_day: self.terms.limits.per_day,
            expires_at,
            allowed_origins: self.terms.allowed_origins.clone(),
            allowed_addresses: self.terms.allowed_addresses.clone(),
        }))
    }
}

/// How often a key was used for one operation on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageLine {
    /// Which key.
    pub key_id: ApiKeyId,
    /// The day in UTC.
    pub day: NaiveDate,
    /// The operation's name; empty when the client gave none.
    pub operation: String,
    /// How often it was let in.
    pub requests: u64,
    /// How often it was refused because a quota was used up.
    pub refused: u64,
    /// Units of the quota it used.
    pub cost: u64,
}

#[cfg(test)]
mod tests {
    use kernel::{Clock as _, SystemClock};

    use super::*;

    fn wish() -> TermsWish {
        TermsWish {
            name: " Radio ".into(),
            scopes: vec![Scope::PlaybackStream, Scope::CatalogRead, Scope::PlaybackStream],
            per_minute: 10,
            per_day: 100,
            expires_at: None,
            allowed_origins: vec!["https://App.Example/".into(), "http://localhost:3000".into(), "https://app.example:443".into()],
            allowed_addresses: vec!["192.0.2.77/24".into(), "192.0.2.1".into(), "2001:DB8::/32".into()],
        }
    }

    #[test]
    fn terms_come_in_one_form() {
        let terms = Terms::parse(wish(), SystemClock.now()).unwrap();
        assert_eq!(terms.name, "Radio");
        assert_eq!(terms.scopes, [Scope::CatalogRead, Scope::PlaybackStream]);
        assert_eq!(terms.allowed_origins, ["https://app.example", "http://localhost:3000"]);
        let networks: Vec<_> = terms.allowed_addresses.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["192.0.2.0/24", "192.0.2.1/32", "2001:db8::/32"]);
    }

    #[test]
    fn wrong_terms_are_refused_by_field() {
        let now = SystemClock.now();
        let cases = [
            ("name", TermsWish { name: " ".into(), ..wish() }),
            ("scopes", TermsWish { scopes: Vec::new(), ..wish() }),
            ("perMinute", TermsWish { per_minute: 0, ..wish() }),
            ("perDay", TermsWish { per_day: -1, ..wish() }),
            ("expiresAt", TermsWish { expires_at: Some(now), ..wish() }),
            ("allowedOrigins", TermsWish { allowed_origins: vec!["https://a.example".into(); MAX_ORIGINS + 1], ..wish() }),
            ("allowedAddresses", TermsWish { allowed_addresses: vec!["10.0.0.0/33".into()], ..wish() }),
        ];
        for (field, wish) in cases {
            assert_eq!(Terms::parse(wish, now).unwrap_err().field, field);
        }
        for text in ["", "app.example", "*", "null", "ftp://a.example", "https://a.example/path", "https://a.example/?q", "https://me@a.example", "file:///x"] {
            let wish = TermsWish { allowed_origins: vec![text.into()], ..wish() };
            assert_eq!(Terms::parse(wish, now).unwrap_err().field, "allowedOrigins", "{text}");
        }
        for secs in [-1, 30 * 24 * 60 * 60 + 1, i32::MAX, i32::MIN] {
            assert_eq!(overlap(secs).unwrap_err().field, "overlapSecs");
        }
    }
}
