use kernel::events::{AccountMail, MailRequested, TasteProfileCreated, UserRegistered};
use kernel::{EventPayload as _, Viewer};
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use crate::support::{PASSWORD, REGISTER, Users};

fn input(change: impl FnOnce(&mut Json)) -> Json {
    let mut input = json!({ "username": "nina", "email": "nina@example.com", "password": PASSWORD });
    change(&mut input);
    json!({ "input": input })
}

#[tokio::test]
async fn a_person_registers_and_is_signed_in() {
    let users = Users::start().await;
    let variables = input(|input| {
        input["username"] = "NiNa".into();
        input["displayName"] = " Nina Simone ".into();
    });
    let tokens = users.ask(&Viewer::Anonymous, REGISTER, variables).await.tokens("register");
    let user = &tokens.0["user"];
    assert_eq!((&user["username"], &user["displayName"], &user["role"]), (&json!("nina"), &json!("Nina Simone"), &json!("USER")));
    assert_eq!(user["email"], "nina@example.com", "one sees one's own address");
    let viewer = tokens.viewer(&users).await;
    let data = users.ask(&viewer, "{ viewer { id username } }", json!({})).await.data();
    assert_eq!(data["viewer"]["id"], user["id"]);
}

#[tokio::test]
async fn every_wrong_field_is_refused_by_name() {
    let users = Users::start().await;
    let cases = [
        ("username", json!("")),
        ("username", json!("ab")),
        ("username", json!("a".repeat(31))),
        ("username", json!("nina simone")),
        ("username", json!("нина")),
        ("email", json!("")),
        ("email", json!("nina")),
        ("email", json!(format!("{}@example.com", "a".repeat(300)))),
        ("password", json!("")),
        ("password", json!("1234567")),
        ("password", json!("a".repeat(129))),
        ("password", json!("a".repeat(1 << 20))),
        ("displayName", json!("é".repeat(81))),
        ("displayName", json!("two\nlines")),
    ];
    for (field, value) in cases {
        let answer = users.ask(&Viewer::Anonymous, REGISTER, input(|input| input[field] = value)).await;
        answer.assert_refused("BAD_USER_INPUT", Some(field));
    }
}

#[tokio::test]
async fn missing_fields_do_not_pass_the_schema() {
    let users = Users::start().await;
    for field in ["username", "email", "password"] {
        let variables = input(|input| {
            input.as_object_mut().expect("an object").remove(field);
        });
        let answer = users.ask(&Viewer::Anonymous, REGISTER, variables).await;
        assert!(answer.message().contains(field), "{}", answer.message());
    }
}

#[tokio::test]
async fn names_are_unique_in_any_case() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        users.register("nina").await;
        let same_name = input(|input| {
            input["username"] = "NINA".into();
            input["email"] = "other@example.com".into();
        });
        users.ask(&Viewer::Anonymous, REGISTER, same_name).await.assert_refused("CONFLICT", Some("username"));
    }
}

/// Registers with Nina's address in other letters, and tells all that an answer says, but for what is random.
async fn with_her_address(users: &Users, username: &str) -> Json {
    let variables = input(|input| {
        input["username"] = username.into();
        input["email"] = "Nina@EXAMPLE.com".into();
    });
    let answer = users.ask(&Viewer::Anonymous, REGISTER, variables).await.tokens("register");
    users.hear(&TasteProfileCreated { user_id: answer.user_id() }).await;
    let mut answer = answer.0;
    for random in ["accessToken", "refreshToken"] {
        assert!(answer[random].take().is_string());
    }
    assert!(answer["user"]["id"].take().is_string());
    answer
}

#[tokio::test]
async fn nobody_finds_out_by_registering_who_has_an_account() {
    let users = Users::start().await;
    let free = with_her_address(&users, "first").await;
    let mails: Vec<MailRequested> = users.told().await;
    assert_eq!(mails.iter().map(|mail| mail.mail).collect::<Vec<_>>(), [AccountMail::Welcome]);
    // Nina comes, and proves that it is hers.
    users.register("nina").await;
    let token = users.link(AccountMail::Welcome, "nina@example.com").await;
    users.ask(&Viewer::Anonymous, "mutation($token: String!) { verifyEmail(token: $token) }", json!({ "token": token })).await.data();
    let mut taken = with_her_address(&users, "other").await;
    for field in ["username", "displayName"] {
        taken["user"][field] = free["user"][field].clone();
    }
    assert_eq!(taken, free, "the same answer");
    // Nor by signing in with it afterwards: neither account is known by the address.
    for address in ["Nina@EXAMPLE.com", "nobody@example.com"] {
        let input = json!({ "input": { "login": address, "password": "correct horse batterx" } });
        users.ask(&Viewer::Anonymous, crate::support::SIGN_IN, input).await.assert_refused("UNAUTHENTICATED", None);
    }
    let mails: Vec<MailRequested> = users.told().await;
    let told: Vec<_> = mails.iter().map(|mail| (mail.mail, mail.to.as_str(), mail.ticket_id)).collect();
    assert_eq!(told, [(AccountMail::AddressInUse, "nina@example.com", None)]);
    // Nobody fills her mailbox.
    for number in 0..10 {
        with_her_address(&users, &format!("other_{number}")).await;
    }
    assert_eq!(users.told::<MailRequested>().await.len(), 5);
}

#[tokio::test]
async fn of_many_who_want_one_name_at_once_one_gets_it() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let asked = (0..4).map(|number| input(|input| input["email"] = format!("nina{number}@example.com").into()));
        let answers = futures::future::join_all(asked.map(|variables| users.ask(&Viewer::Anonymous, REGISTER, variables))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.0.errors.is_empty());
        assert_eq!((won.len(), lost.len()), (1, 3));
        lost.iter().for_each(|answer| answer.assert_refused("CONFLICT", Some("username")));
    }
}

#[tokio::test]
async fn others_are_told_once_the_account_is_there_and_not_when_it_is_not() {
    let mut users = Users::start().await;
    let tokens = users.register("nina").await;
    let again = input(|input| input["email"] = "other@example.com".into());
    users.ask(&Viewer::Anonymous, REGISTER, again).await.assert_refused("CONFLICT", Some("username"));
    // A relay that is told to stop first publishes what is there.
    let tasks = std::mem::take(&mut users.started.context.tasks);
    let relay = tasks.into_iter().find(|task| task.name == "users.outbox").expect("the context relays its outbox");
    let stop = CancellationToken::new();
    stop.cancel();
    (relay.run)(stop).await;
    let told = users.platform.platform.bus.poll("test", &[UserRegistered::TYPE], 10).await.expect("the bus answers");
    assert_eq!(told.len(), 1);
    let event: UserRegistered = told[0].event.payload().expect("a registration").expect("in its shape");
    assert_eq!((event.user_id.to_string().as_str(), event.username.as_str()), (tokens.0["user"]["id"].as_str().expect("an id"), "nina"));
}

/// Side by side, so that a busy machine is as busy for both: no answer tells by its time whether an address has an account.
#[tokio::test]
async fn the_time_of_registering_tells_nothing_about_an_address() {
    let users = Users::start().await;
    let nina = users.register("nina").await.viewer(&users).await;
    let token = users.link(AccountMail::Welcome, "nina@example.com").await;
    users.ask(&nina, "mutation($token: String!) { verifyEmail(token: $token) }", json!({ "token": token })).await.data();
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..60 {
        let addresses = ["nina@example.com".to_owned(), format!("free{round}@example.com")];
        for (which, (address, times)) in addresses.into_iter().zip(&mut times).enumerate() {
            // The next day, so that nobody is slowed down.
            users.platform.clock.advance(chrono::Duration::days(1));
            let variables = input(|input| (input["username"], input["email"]) = (format!("u{round}_{which}").into(), address.into()));
            let began = std::time::Instant::now();
            users.ask(&Viewer::Anonymous, REGISTER, variables).await.data();
            if round > 10 {
                times.push(began.elapsed());
            }
        }
    }
    let [taken, free] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    let ratio = taken / free;
    assert!((0.5..2.0).contains(&ratio), "the median of a taken address takes {ratio} times as long");
}
