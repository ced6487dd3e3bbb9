//! What this program serves when it runs as a child of itself: each server of a comparison is a process of its own, so that its
//! processor time and memory are its own too.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::net::TcpListener;

use crate::batch::program;
use crate::{merged, shop};

/// The variable that makes this program a child.
const ROLE: &str = "NUMBERS_SERVE";
const ADDRESS: &str = "NUMBERS_ADDRESS";
const DATA: &str = "NUMBERS_DATA";
const SUBGRAPHS: &str = "NUMBERS_SUBGRAPHS";

/// What a child serves.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    /// The shop's four subgraphs, by HTTP.
    ShopSubgraphs,
    /// Our gateway over them.
    ShopOverHttp(SocketAddr),
    /// Our gateway over subgraphs of its own process.
    ShopInProcess,
    /// The shop in one schema, without a gateway.
    ShopMerged,
    /// Polyphony's users, catalog and playback in one schema, without a gateway.
    Merged,
    /// hive-router, with the configuration in `hive.json` of its folder: a program of its own.
    Hive,
}

impl Role {
    /// The variables that make a child play this role at `address`, with `data` to work in.
    pub(crate) fn environment(&self, address: SocketAddr, data: &Path) -> Vec<(&'static str, String)> {
        let mut variables = vec![(ROLE, self.name().to_owned()), (ADDRESS, address.to_string()), (DATA, data.display().to_string())];
        match self {
            Self::ShopOverHttp(subgraphs) => variables.push((SUBGRAPHS, subgraphs.to_string())),
            Self::Hive => variables.push(("ROUTER_CONFIG_FILE_PATH", data.join("hive.json").display().to_string())),
            _ => {}
        }
        variables
    }

    /// The program that plays it: this very one, but for hive-router.
    pub(crate) fn program(&self) -> PathBuf {
        match self {
            Self::Hive => program("examples/hive-router"),
            _ => std::env::current_exe().expect("a benchmark knows its own file"),
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::ShopSubgraphs => "shop-subgraphs",
            Self::ShopOverHttp(_) => "shop-over-http",
            Self::ShopInProcess => "shop-in-process",
            Self::ShopMerged => "shop-merged",
            Self::Merged => "merged",
            Self::Hive => "hive-router",
        }
    }

    /// Where it says that it is ready.
    pub(crate) const fn health(&self) -> &'static str {
        if matches!(self, Self::Hive) { "/readiness" } else { "/health/ready" }
    }
}

/// Plays the role that the environment gives this process, if it gives one; returns only when there is none.
pub(crate) fn play() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let address = variable(ADDRESS).parse().expect("an address");
    let data = PathBuf::from(variable(DATA));
    // As many threads as processors it may use, as all our services have.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the asynchronous runtime starts");
    runtime.block_on(async move {
        match role.as_str() {
            "shop-subgraphs" => shop::serve_subgraphs(address).await,
            "shop-over-http" => shop::serve_gateway(address, &data, Some(variable(SUBGRAPHS).parse().expect("an address"))).await,
            "shop-in-process" => shop::serve_gateway(address, &data, None).await,
            "shop-merged" => shop::serve_merged(address).await,
            "merged" => merged::serve(address, &data).await,
            other => panic!("nobody plays {other}"),
        }
    });
    std::process::exit(0);
}

pub(crate) async fn listen(address: SocketAddr) -> TcpListener {
    TcpListener::bind(address).await.expect("the address is free")
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is set"))
}
