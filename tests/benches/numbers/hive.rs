//! How hive-router is set up beside us: no dedupe, nothing switched on that we do not have, nothing logged but warnings.

use std::net::SocketAddr;
use std::path::Path;

use platform::viewer_token::HEADER;
use serde_json::{Map, json};

/// Writes hive-router's configuration into `folder`, for the supergraph in `sdl` and its subgraphs at these addresses.
pub(crate) fn configure(folder: &Path, address: SocketAddr, sdl: &str, subgraphs: &[(&str, String)]) {
    std::fs::create_dir_all(folder).expect("a folder can be made");
    let supergraph = folder.join("supergraph.graphql");
    std::fs::write(&supergraph, sdl).expect("a file can be written");
    let urls: Map<_, _> = subgraphs.iter().map(|(name, url)| ((*name).to_owned(), json!({ "url": url }))).collect();
    let configuration = json!({
        "log": { "level": "warn" },
        "supergraph": { "source": "file", "path": supergraph },
        "http": { "host": address.ip().to_string(), "port": address.port() },
        "override_subgraph_urls": { "subgraphs": urls },
        // On by default, and it would make identical queries look several times cheaper than they are.
        "traffic_shaping": { "all": { "dedupe_enabled": false }, "router": { "dedupe": { "enabled": false } } },
        // Our subgraphs believe nobody without a viewer token; hive-router cannot make one, so the load generator brings it.
        "headers": { "all": { "request": [{ "propagate": { "named": HEADER } }] } },
        // It cannot read our access tokens; the subgraphs themselves refuse what the viewer may not do.
        "authorization": { "directives": { "enabled": false } },
    });
    std::fs::write(folder.join("hive.json"), configuration.to_string()).expect("a file can be written");
}
