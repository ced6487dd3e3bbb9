//! hive-router as its own program starts it (its `main.rs`), with its allocator: what `numbers` compares with. An example, because those may
//! use what only tests need.

// The types of its server are nested that deep.
#![recursion_limit = "256"]
#![expect(clippy::expect_used, reason = "a router that cannot start must not be measured")]

use hive_router::ntex;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[hive_router::main]
async fn main() {
    hive_router::init_rustls_crypto_provider();
    hive_router::router_entrypoint(hive_router::PluginRegistry::new()).await.expect("hive-router runs");
}
