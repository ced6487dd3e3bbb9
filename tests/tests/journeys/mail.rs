//! The mail that people get: `.eml` files in the data folder.

use cucumber::{then, when};
use serde_json::json;
use tests::client::Answer;
use tests::eventually;

use crate::journey::Journey;
use crate::people::text;

/// What a person's mail program shows.
struct Mail {
    to: String,
    subject: String,
    body: String,
}

pub(crate) fn address(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase())
}

fn inbox(journey: &Journey) -> Vec<Mail> {
    let files = std::fs::read_dir(journey.installation.data().join("mail")).into_iter().flatten();
    let files = files.map(|entry| entry.expect("a folder can be listed").path()).filter(|file| file.extension().is_some_and(|extension| extension == "eml"));
    // Named by ids, which sort by time.
    let mut files: Vec<_> = files.collect();
    files.sort();
    files.iter().map(|file| read(&std::fs::read_to_string(file).expect("a mail can be read"))).collect()
}

fn read(message: &str) -> Mail {
    let (head, body) = message.split_once("\r\n\r\n").expect("head and body");
    // Folded lines (RFC 5322 §2.2.3) and quoted-printable (RFC 2045 §6.7), as far as our own mails use them.
    let head = head.replace("\r\n ", " ");
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
    Mail { to: field("To:"), subject: field("Subject:"), body: body.replace("=\r\n", "").replace("=3D", "=") }
}

async fn mail(journey: &Journey, to: &str, subject: &str) -> Mail {
    let what = format!("{to} gets the mail {subject:?}");
    eventually(&what, async || inbox(journey).into_iter().rev().find(|mail| mail.to.contains(to) && mail.subject == subject)).await
}

/// The page and the token of a mail's link.
pub(crate) async fn link(journey: &Journey, to: &str, subject: &str) -> (String, String) {
    let mail = mail(journey, to, subject).await;
    let (before, after) = mail.body.split_once("#token=").unwrap_or_else(|| panic!("no link in {}", mail.body));
    let token = after.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next().expect("a token");
    (before.rsplit('/').next().expect("a page").to_owned(), token.to_owned())
}

async fn follow_link(journey: &Journey, to: &str, subject: &str) -> Answer {
    let (page, token) = link(journey, to, subject).await;
    let operation = match page.as_str() {
        "verify-email" => "mutation($token: String!) { verifyEmail(token: $token) }",
        "confirm-email" => "mutation($token: String!) { confirmEmailChange(token: $token) }",
        other => panic!("nobody follows a link to {other}"),
    };
    journey.stranger().send(operation, json!({ "token": token })).await
}

#[when(expr = "{word} follows the link of the mail {string}")]
async fn follow(journey: &mut Journey, name: String, subject: String) {
    follow_link(journey, &address(&name), &subject).await.expect_data();
}

#[when(expr = "{word} follows the link of the mail {string} to {string}")]
async fn follow_elsewhere(journey: &mut Journey, _name: String, subject: String, to: String) {
    follow_link(journey, &to, &subject).await.expect_data();
}

#[when(expr = "{word} follows the link of the mail {string} again")]
async fn follow_again(journey: &mut Journey, name: String, subject: String) {
    journey.answer = Some(follow_link(journey, &address(&name), &subject).await);
}

#[when(expr = "{word} chooses the password {string} by the link of the mail {string}")]
async fn choose_password(journey: &mut Journey, name: String, password: String, subject: String) {
    let (page, token) = link(journey, &address(&name), &subject).await;
    assert_eq!(page, "reset-password");
    let reset = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) }";
    journey.stranger().ask(reset, json!({ "input": { "token": token, "password": password } })).await;
}

#[then(expr = "{word} gets the mail {string}")]
async fn gets_mail(journey: &mut Journey, name: String, subject: String) {
    mail(journey, &address(&name), &subject).await;
}

#[then(expr = "{string} has got no mail")]
async fn no_mail(journey: &mut Journey, to: String) {
    assert!(inbox(journey).iter().all(|mail| !mail.to.contains(&to)));
}

#[when(expr = "somebody says that {string} has forgotten the password")]
async fn forgotten(journey: &mut Journey, login: String) {
    let answer = journey.stranger().ask("mutation($login: String!) { requestPasswordReset(login: $login) }", json!({ "login": login })).await;
    assert_eq!(answer["requestPasswordReset"], true);
}

#[then(regex = r"^(\w+)'s address is (not )?proved$")]
async fn address_proved(journey: &mut Journey, name: String, not: String) {
    let viewer = journey.person(&name).ask("{ viewer { emailVerified } }", json!(null)).await["viewer"].take();
    assert_eq!(viewer["emailVerified"], not.is_empty());
}

#[when(expr = "{word} wants the address {string}")]
async fn want_address(journey: &mut Journey, name: String, email: String) {
    let change = "mutation($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) }";
    let input = json!({ "email": email, "password": crate::people::password(&name) });
    journey.person(&name).ask(change, json!({ "input": input })).await;
}

#[then(expr = "{word} has the address {string}")]
async fn has_address(journey: &mut Journey, name: String, email: String) {
    let viewer = journey.person(&name).ask("{ viewer { email } }", json!(null)).await["viewer"].take();
    assert_eq!(text(&viewer["email"]), email);
}
