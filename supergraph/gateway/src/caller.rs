//! Stage: where does a request come from? The address of the connection, or what the proxies in front say of it; and the page
//! that a browser names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The client's address, as far as it can be believed; unspecified where the connection has none.
    pub(crate) address: IpAddr,
    /// The page's origin, when a browser sent it.
    pub(crate) origin: Option<Arc<str>>,
}

/// Proxies whose word is taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// From addresses and networks; the error is the text that is neither.
    pub(crate) fn parse(texts: &[String]) -> Result<Self, String> {
        let parse = |text: &String| text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| text.clone());
        texts.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client behind `peer`. Each proxy appends the address it was called from, so the list is read from the right and as far
    /// as it was written by trusted ones: what stands left of that, the client may have made up.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let said = headers.get_all(X_FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        for hop in said.collect::<Vec<_>>().into_iter().rev() {
            if !self.trust(client) {
                break;
            }
            let Some(address) = address(hop.trim()) else { break };
            client = address;
        }
        client
    }
}

/// An address, with the port that some proxies add.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

impl Caller {
    pub(crate) fn of(request: &Request, proxies: &TrustedProxies) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok()).map(Into::into);
        Self { address: proxies.client(peer, request.headers()), origin }
    }

    /// The address, if there is one.
    pub(crate) fn known_address(&self) -> Option<IpAddr> {
        Some(self.address).filter(|address| !address.is_unspecified())
    }

    /// What counts as one address: of IPv6 a /64, because a customer as a rule has all of one.
    pub(crate) fn network(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(_) => self.address,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                [a, b, c, d, 0, 0, 0, 0].into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let proxies = TrustedProxies::parse(&proxies.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
        let headers = forwarded.iter().map(|value| (X_FORWARDED_FOR, value.parse().unwrap())).collect();
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_named() {
        assert_eq!(client(&[], "192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
    }

    #[test]
    fn trusted_proxies_are_believed_as_far_as_they_wrote() {
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["1.1.1.1, 203.0.113.9", "10.0.0.2"]), "203.0.113.9");
        assert_eq!(client(&["10.0.0.1"], "::ffff:10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["203.0.113.9, nonsense"]), "10.0.0.1");
        assert!(TrustedProxies::parse(&["10.0.0.0/40".to_owned()]).is_err());
    }

    #[test]
    fn a_customers_ipv6_addresses_are_one() {
        let network = |text: &str| Caller { address: text.parse().unwrap(), origin: None }.network().to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
    }
}
