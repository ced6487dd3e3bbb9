//! `schema/rights.toml`, tried: every root field by every kind of person, and by programs of partners. What their contract does not
//! have is unknown to them. That the list's scopes are those of the schema's directives is compared beside the supergraph.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tests::client::{Answer, Client};

use crate::stage::{Stage, Who, text};

const RIGHTS: &str = include_str!("../../../schema/rights.toml");
const NOBODYS: &str = "01jfz9k5hqf5e8z0t4m2b7n6xr";
/// Their own refusal of what is offered has the code of a refused viewer.
const OWN_REFUSAL: [&str; 3] = ["signIn", "completeSignIn", "refreshSession"];
/// Ends the session it is tried with, so it is tried last.
const LAST: &str = "signOut";

const TYPES: &str = "{ __schema { types { kind name enumValues { name } inputFields { name type { ...T } }
    fields { name type { ...T } args { name defaultValue type { ...T } } } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// A kind of viewer, and what of a line lets them in for sure or keeps them out for sure.
struct Kind {
    name: &'static str,
    client: Client,
    let_in_by: &'static [&'static str],
    /// What leaves it to the thing in question, of which there is none here: then anything but data will do.
    depends_on: &'static [&'static str],
}

/// Keys of one organisation: one with every scope, and one that is good for nothing but its own use.
async fn partners(stage: &Stage) -> [Client; 2] {
    const MAKE: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }";
    let owner = stage.client(Who::OtherArtist);
    let made = owner.ask("mutation { createOrganisation(input: { name: \"Radio Nord\" }) { id } }", Value::Null).await;
    // So that neither runs out on the way.
    let limits = "mutation($id: ID!) { setOrganisationLimits(organisationId: $id, perMinute: 1000, perDay: 10000) { id } }";
    stage.client(Who::Admin).ask(limits, json!({ "id": made["createOrganisation"]["id"] })).await;
    let key = async |scopes: Value| {
        let organisation = &made["createOrganisation"]["id"];
        let input = json!({ "organisationId": organisation, "name": "a program", "scopes": scopes, "perMinute": 300, "perDay": 1000 });
        let key = owner.ask(MAKE, json!({ "input": input })).await;
        stage.client(Who::Nobody).with_token(text(&key["createApiKey"]["secret"]))
    };
    [key(json!(["CATALOG_READ", "PROFILES_READ", "PLAYBACK_STREAM", "USAGE_READ"])).await, key(json!(["USAGE_READ"])).await]
}

async fn kinds(stage: &Stage) -> Vec<Kind> {
    let [wide, narrow] = partners(stage).await;
    let kind = |name, client: &Client, let_in_by, depends_on| Kind { name, client: client.clone(), let_in_by, depends_on };
    vec![
        kind("anonymous", stage.client(Who::Nobody), &["anyone"], &[]),
        kind("listener", stage.client(Who::Listener), &["anyone", "signed-in"], &["owner", "member"]),
        kind("artist", stage.client(Who::Artist), &["anyone", "signed-in", "artist"], &["owner", "member"]),
        kind("a program with every scope", &wide, &["key:", "key:catalog:read", "key:profiles:read", "key:playback:stream", "key:usage:read"], &[]),
        kind("a program that may see its use", &narrow, &["key:", "key:usage:read"], &[]),
        kind("admin", stage.client(Who::Admin), &["anyone", "signed-in", "artist", "admin"], &["owner", "member"]),
    ]
}

/// The types of the schema by name.
struct Schema(BTreeMap<String, Value>);

impl Schema {
    async fn of(stage: &Stage) -> Self {
        let types = stage.client(Who::Nobody).ask(TYPES, Value::Null).await["__schema"]["types"].take();
        Self(types.as_array().expect("types").iter().map(|of| (text(&of["name"]).to_owned(), of.clone())).collect())
    }

    fn fields(&self, of: &str) -> &[Value] {
        self.0[of]["fields"].as_array().map_or(&[], Vec::as_slice)
    }

    /// An operation with nothing but the field, and what it needs.
    fn operation(&self, root: &str, field: &Value) -> (String, Value) {
        let name = text(&field["name"]);
        let (mut declared, mut passed, mut variables) = (Vec::new(), Vec::new(), Map::new());
        for argument in field["args"].as_array().expect("arguments") {
            if argument["type"]["kind"] != "NON_NULL" || !argument["defaultValue"].is_null() {
                continue;
            }
            let argument_name = text(&argument["name"]);
            declared.push(format!("${argument_name}: {}", written(&argument["type"])));
            passed.push(format!("{argument_name}: ${argument_name}"));
            variables.insert(argument_name.to_owned(), self.value(name, argument_name, &argument["type"]));
        }
        let group = |parts: &[String]| if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) };
        let of = innermost(&field["type"]);
        // What a list is of may be closed where the list is not.
        let is_connection = self.fields(text(&of["name"])).iter().any(|field| field["name"] == "nodes");
        let selection = match text(&of["kind"]) {
            "SCALAR" | "ENUM" => "",
            _ if is_connection => " { nodes { __typename } }",
            _ => " { __typename }",
        };
        let keyword = root.to_lowercase();
        (format!("{keyword}{} {{ {name}{}{selection} }}", group(&declared), group(&passed)), Value::Object(variables))
    }

    /// Something of the type that is well formed and means nothing.
    fn value(&self, field: &str, name: &str, of: &Value) -> Value {
        match text(&of["kind"]) {
            "NON_NULL" => self.value(field, name, &of["ofType"]),
            "LIST" => json!([self.value(field, name, &of["ofType"])]),
            "ENUM" => self.0[text(&of["name"])]["enumValues"][0]["name"].clone(),
            "INPUT_OBJECT" => {
                let fields = self.0[text(&of["name"])]["inputFields"].as_array().expect("fields").iter();
                let needed = fields.filter(|field| field["type"]["kind"] == "NON_NULL");
                needed.map(|inner| (text(&inner["name"]).to_owned(), self.value(field, text(&inner["name"]), &inner["type"]))).collect::<Map<_, _>>().into()
            }
            _ => match text(&of["name"]) {
                "ID" => json!(format!("{}_{NOBODYS}", entity(field, name))),
                "Int" => json!(1),
                "Boolean" => json!(false),
                _ => json!("x"),
            },
        }
    }
}

/// Of what the id is that the argument `name` of `field` wants.
fn entity(field: &str, name: &str) -> &'static str {
    const KINDS: [(&str, &str); 13] = [
        ("review", "review"),
        ("user", "user"),
        ("organisation", "organisation"),
        ("upload", "upload"),
        ("mail", "mail"),
        ("session", "session"),
        ("key", "apikey"),
        ("export", "export"),
        ("deletion", "deletion"),
        ("artwork", "artist"),
        ("artist", "artist"),
        ("album", "album"),
        ("track", "track"),
    ];
    let find = |text: &str| KINDS.iter().find(|(part, _)| text.to_lowercase().contains(part)).map(|(_, kind)| *kind);
    let by_name = if name == "id" { None } else { find(name) };
    by_name.or_else(|| find(field)).unwrap_or("track")
}

fn innermost(of: &Value) -> &Value {
    if of["ofType"].is_null() { of } else { innermost(&of["ofType"]) }
}

fn written(of: &Value) -> String {
    match text(&of["kind"]) {
        "NON_NULL" => format!("{}!", written(&of["ofType"])),
        "LIST" => format!("[{}]", written(&of["ofType"])),
        _ => text(&of["name"]).to_owned(),
    }
}

/// Whether there is anything in it.
fn gives(data: &Value) -> bool {
    match data {
        Value::Null => false,
        Value::Array(items) => items.iter().any(gives),
        Value::Object(fields) => fields.values().any(gives),
        _ => true,
    }
}

/// What is wrong with `answer` to a viewer whom the line lets in, keeps out, or leaves to the thing in question.
fn judge(kind: &Kind, who: &[&str], name: &str, answer: &Answer) -> Option<String> {
    let code = answer.errors.first().map(|error| error.code().to_owned());
    // To a program, what its contract does not have is no field at all.
    let refused = matches!(code.as_deref(), Some("UNAUTHENTICATED" | "FORBIDDEN" | "GRAPHQL_VALIDATION_FAILED"));
    let let_in = who.iter().any(|part| kind.let_in_by.contains(part));
    let depends = who.iter().any(|part| kind.depends_on.contains(part));
    let gave = answer.data.get(name).is_some_and(gives);
    let fine = match (let_in, depends) {
        (true, _) => !refused || OWN_REFUSAL.contains(&name),
        (false, true) => !gave,
        (false, false) => refused && !gave,
    };
    (!fine).then(|| format!("{name} by {}: {} but got {code:?} {}", kind.name, who.join(", "), answer.data))
}

#[tokio::test]
async fn every_root_field_lets_in_whom_its_line_names_and_nobody_else() {
    let stage = Stage::set().await;
    let kinds = kinds(&stage).await;
    let schema = Schema::of(&stage).await;
    let rights: toml::Table = RIGHTS.parse().expect("the list is TOML");
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for root in ["Query", "Subscription", "Mutation"] {
        let mut fields = schema.fields(root).to_vec();
        fields.sort_by_key(|field| field["name"] == LAST);
        for field in &fields {
            let name = text(&field["name"]);
            let who = rights[root].get(name).and_then(toml::Value::as_array).unwrap_or_else(|| panic!("{root}.{name} is not on the list"));
            let who: Vec<_> = who.iter().filter_map(toml::Value::as_str).collect();
            let (operation, variables) = schema.operation(root, field);
            for kind in &kinds {
                let answer = match root {
                    "Subscription" => kind.client.live(&operation, variables.clone()).await.next().await.expect("an answer"),
                    _ => kind.client.send(&operation, variables.clone()).await,
                };
                wrong.extend(judge(kind, &who, name, &answer));
                tried += 1;
            }
        }
    }
    assert!(tried > 400, "only {tried} were tried");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

/// An artist's account and a track of theirs.
async fn belongings(stage: &Stage) -> [(&'static str, &'static str, Value); 2] {
    let artist = stage.client(Who::Artist);
    let account = artist.ask("{ viewer { id } }", Value::Null).await["viewer"]["id"].take();
    let profile = artist.ask("mutation { createArtist(input: { name: \"Ada Sound\" }) { id } }", Value::Null).await;
    let input = json!({ "artistId": profile["createArtist"]["id"], "title": "Dawn" });
    let mut track = artist.ask("mutation($i: CreateTrackInput!) { createTrack(input: $i) { id } }", json!({ "i": input })).await;
    [("User", "user", account), ("Track", "track", track["createTrack"]["id"].take())]
}

#[tokio::test]
async fn what_not_all_may_see_of_an_account_and_of_a_track_is_told_to_nobody_else() {
    let stage = Stage::set().await;
    let kinds = kinds(&stage).await;
    let schema = Schema::of(&stage).await;
    let rights: toml::Table = RIGHTS.parse().expect("the list is TOML");
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for (of, root, id) in belongings(&stage).await {
        for field in schema.fields(of) {
            let name = text(&field["name"]);
            let who: Vec<_> = rights[of][name].as_array().expect("a list").iter().filter_map(toml::Value::as_str).collect();
            if who.contains(&"parent") {
                continue;
            }
            let selection = if matches!(text(&innermost(&field["type"])["kind"]), "SCALAR" | "ENUM") { "" } else { " { __typename }" };
            let operation = format!("query($id: ID!) {{ {root}(id: $id) {{ {name}{selection} }} }}");
            for kind in &kinds {
                let answer = kind.client.send(&operation, json!({ "id": id })).await;
                let (gave, errors) = (gives(&answer.data[root][name]), answer.errors.len());
                if !who.contains(&"owner") {
                    wrong.extend(judge(kind, &who, root, &answer));
                    tried += 1;
                    continue;
                }
                let may = kind.name == "artist" || (kind.name == "admin" && who.contains(&"admin"));
                let fine = if may { errors == 0 && (gave || name != "email") } else { !gave };
                tried += 1;
                if !fine {
                    wrong.push(format!("{of}.{name} by {}: {} with {errors} errors", kind.name, answer.data));
                }
            }
        }
    }
    assert!(tried >= 66, "only {tried} were tried");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}
