//! Configuration from files. (Precedence with the environment is tested beside the code: a test process shares its own.)

use std::path::Path;

use platform::Config;
use platform::config::{BusConfig, CacheConfig, DEFAULTS, DatabaseConfig};

fn load(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("polyphony.toml");
    std::fs::write(&file, text).unwrap();
    Config::load(Some(&file)).map_err(|error| error.to_string())
}

#[test]
fn a_file_overrides_the_defaults_key_by_key() {
    let config = load("listen = \"0.0.0.0:80\"\n[media]\nworkers = 5\n").unwrap();
    assert_eq!((config.listen.port(), config.media.workers, config.media.max_attempts), (80, 5, 3));
    assert_eq!(config.bus, BusConfig::Embedded {});
}

#[test]
fn the_printed_defaults_are_a_valid_file_that_changes_nothing() {
    assert_eq!(load(DEFAULTS).unwrap(), load("").unwrap());
}

#[test]
fn an_adapter_is_chosen_with_what_it_needs_and_nothing_else() {
    let config = load("[database]\nkind = \"postgres\"\nurl = \"postgres://x\"\n").unwrap();
    assert_eq!(config.database, DatabaseConfig::Postgres { url: "postgres://x".into(), max_connections: 10 });
    let error = load("[database]\nkind = \"sqlite\"\nurl = \"postgres://x\"\n").unwrap_err();
    assert!(error.contains("url"), "{error}");
    let error = load("[cache]\nkind = \"memcached\"\n").unwrap_err();
    assert!(error.contains("memcached"), "{error}");
    assert!(matches!(load("[cache]\nmax_entries = 9\n").unwrap().cache, CacheConfig::Embedded { max_entries: 9 }));
}

#[test]
fn unknown_keys_and_wrong_values_are_refused_by_name() {
    for (text, named) in [
        ("listn = \"x\"", "listn"),
        ("[media]\nwokers = 1", "wokers"),
        ("[plugins]\nx = 1", "plugins"),
        ("[services.users]\nlisten = \"127.0.0.1:1\"\nurl = \"x\"\nport = 1", "port"),
        ("listen = \"nowhere\"", "listen"),
        ("environment = \"staging\"", "staging"),
        ("[media]\nworkers = \"many\"", "workers"),
        ("internal_secret = \"short\"", "internal_secret"),
        ("[playback]\ngrant_secs = 0", "playback.grant_secs"),
        ("[media]\nlease_secs = 0", "media.lease_secs"),
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(named), "{text}: {error}");
    }
}

#[test]
fn a_named_file_must_exist_and_be_toml() {
    assert!(Config::load(Some(Path::new("/nonexistent/polyphony.toml"))).is_err());
    assert!(load("listen = ").is_err());
}

#[test]
fn production_refuses_what_lives_in_one_process_or_was_made_up() {
    let secret = "internal_secret = \"0123456789abcdef0123456789abcdef\"";
    let postgres = "[database]\nkind = \"postgres\"\nurl = \"postgres://x\"";
    let mail = "[mail]\nkind = \"smtp\"\nurl = \"smtps://mail.example\"";
    let vectors = "[recommendations.embedding_index]\nkind = \"qdrant\"\nurl = \"http://vectors.example:6334\"";
    for (text, key) in [
        ("environment = \"production\"".to_owned(), "internal_secret"),
        (format!("environment = \"production\"\n{secret}"), "database.kind"),
        (format!("environment = \"production\"\n{secret}\n{postgres}"), "mail.kind"),
        (format!("environment = \"production\"\n{secret}\n{postgres}\n{mail}"), "recommendations.embedding_index.kind"),
        (format!("environment = \"production\"\n{secret}\n{postgres}\n{mail}\n{vectors}"), "bus.kind"),
    ] {
        let error = load(&text).unwrap_err();
        assert!(error.contains(key) && error.contains("production"), "{text}: {error}");
    }
}
