//! Every answer tells how the payer's quotas stand: `RateLimit-Policy` and `RateLimit` in the form of
//! draft-ietf-httpapi-ratelimit-headers-10 (structured fields, RFC 9651), and `Retry-After` (RFC 9110 §10.2.3) when they are used
//! up.

use std::fmt::Write as _;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use platform::rate_limiter::{Standing, Verdict};

use crate::entrance::Entrance;
use crate::gateway::Gateway;

pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(super) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Room for a header of two quotas.
const LONG: usize = 64;

/// Has the answer to who came by `entrance` tell how the quotas stand.
pub(super) async fn tell(gateway: &Gateway, Entrance { caller, ledger, .. }: &Entrance, response: &mut Response) {
    if ledger.last().is_none() {
        gateway.inner.rate.note_unread(caller, ledger).await;
    }
    if let Some(verdict) = ledger.last() {
        write_down(&verdict, response.headers_mut());
    }
}

fn write_down(verdict: &Verdict, headers: &mut HeaderMap) {
    let mut set = |name: HeaderName, text: String| {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    };
    set(
        RATE_LIMIT_POLICY,
        list(&verdict.standings, |text, Standing { quota, .. }| write!(text, r#""{}";q={};w={}"#, quota.name, quota.limit, secs(quota.window))),
    );
    set(
        RATE_LIMIT,
        list(&verdict.standings, |text, Standing { quota, remaining, reset }| write!(text, r#""{}";r={remaining};t={}"#, quota.name, secs(*reset))),
    );
    if let Some(wait) = verdict.retry_after.filter(|wait| *wait < Duration::MAX) {
        set(header::RETRY_AFTER, secs(wait).to_string());
    }
}

fn list(standings: &[Standing], item: impl Fn(&mut String, &Standing) -> std::fmt::Result) -> String {
    let mut list = String::with_capacity(LONG);
    for (number, standing) in standings.iter().enumerate() {
        if number > 0 {
            list.push_str(", ");
        }
        // A text takes whatever is written to it.
        let _ = item(&mut list, standing);
    }
    list
}

/// Whole seconds, and none too few.
fn secs(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use platform::rate_limiter::Quota;

    use super::*;

    #[test]
    fn the_headers_have_the_drafts_form() {
        let minute = Quota { name: "minute", limit: 100, window: Duration::from_secs(60) };
        let day = Quota { name: "day", limit: 5000, window: Duration::from_secs(86400) };
        let standings = vec![
            Standing { quota: minute, remaining: 0, reset: Duration::from_millis(29_001) },
            Standing { quota: day, remaining: 4321, reset: Duration::from_secs(80_000) },
        ];
        let mut headers = HeaderMap::new();
        write_down(&Verdict { standings: standings.clone(), retry_after: Some(Duration::from_millis(30_500)) }, &mut headers);
        assert_eq!(headers[RATE_LIMIT_POLICY], r#""minute";q=100;w=60, "day";q=5000;w=86400"#);
        assert_eq!(headers[RATE_LIMIT], r#""minute";r=0;t=30, "day";r=4321;t=80000"#);
        assert_eq!(headers[header::RETRY_AFTER], "31");
        headers.clear();
        write_down(&Verdict { standings, retry_after: Some(Duration::MAX) }, &mut headers);
        assert!(!headers.contains_key(header::RETRY_AFTER), "no time makes it fit");
    }
}
