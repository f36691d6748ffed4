//! Where a request really comes from.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use crate::config::TrustedProxies;

/// The address of the client: the connection's, unless that is a trusted proxy's; then the last
/// address in `X-Forwarded-For` that is not one.
///
/// Addresses further left were written by the client itself and prove nothing.
pub(crate) fn client_address(
    peer: SocketAddr,
    headers: &HeaderMap,
    proxies: Option<&TrustedProxies>,
) -> IpAddr {
    let peer = peer.ip().to_canonical();
    let Some(TrustedProxies(trusted)) = proxies else {
        return peer;
    };
    if !trusted.contains(&peer) {
        return peer;
    }
    headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|address| address.trim().parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
        .rfind(|address| !trusted.contains(address))
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarding_headers_count_only_from_a_trusted_proxy() {
        let proxy = IpAddr::from([10, 0, 0, 1]);
        let trusted = TrustedProxies(vec![proxy]);
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-forwarded-for",
            "1.1.1.1, 2.2.2.2, 10.0.0.1".parse().expect("a value"),
        );
        let check = |peer: IpAddr, proxies: Option<&TrustedProxies>, expected: [u8; 4]| {
            let found = client_address(SocketAddr::new(peer, 1), &headers, proxies);
            assert_eq!(found, IpAddr::from(expected));
        };
        check(proxy, Some(&trusted), [2, 2, 2, 2]);
        check(proxy, None, [10, 0, 0, 1]);
        check(IpAddr::from([9, 9, 9, 9]), Some(&trusted), [9, 9, 9, 9]);
        check(
            "::ffff:9.9.9.9".parse().expect("an address"),
            Some(&trusted),
            [9, 9, 9, 9],
        );
    }
}
