//! The forms in which others have been talked into reaching inside, and what becomes of each.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::Resolve;

use super::{ADDRESSES_MAX, Guard, Refusal, address_in};
use crate::federation::OutboundPolicy;

fn guard(policy: OutboundPolicy) -> Guard {
    Guard::new(Arc::new(policy), 4)
}

/// Forms of addresses that are not public; each is refused before any packet is sent.
const INSIDE: [&str; 79] = [
    "https://127.0.0.1",
    "https://127.0.0.1:8443/x",
    "https://127.0.0.1./",
    "https://127.1",
    "https://127.0.1",
    "https://127.255.255.254",
    "https://2130706433",
    "https://2130706433./",
    "https://0x7f000001",
    "https://0X7F000001",
    "https://0x7f.1",
    "https://0x7f.0x0.0x0.0x1",
    "https://017700000001",
    "https://0177.0.0.1",
    "https://0177.0.0.01",
    "https://00000177.0.0.1",
    "https://127.0.0.0x1",
    "https://0",
    "https://0x",
    "https://0.0.0.0",
    "https://0.1.2.3",
    "https://10.0.0.5",
    "https://10.5",
    "https://167772165",
    "https://0xa.0.0.5",
    "https://012.0.0.5",
    "https://172.16.0.1",
    "https://172.31.255.255",
    "https://0xac100001",
    "https://192.168.1.1",
    "https://192.168.257",
    "https://3232235777",
    "https://169.254.169.254",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254:80/",
    "https://2852039166",
    "https://0xa9fea9fe",
    "https://0251.0376.0251.0376",
    "https://169.254.43518",
    "https://169.16689662",
    "https://169.254.170.2",
    "https://100.64.0.1",
    "https://100.100.100.200",
    "https://168.63.129.16",
    "https://192.0.0.192",
    "https://198.18.0.1",
    "https://203.0.113.7",
    "https://224.0.0.1",
    "https://240.0.0.1",
    "https://255.255.255.255",
    "https://4294967295",
    "https://1\u{ff12}7.0.0.1",
    "https://\u{2460}\u{2461}\u{2466}.\u{24ea}.\u{24ea}.\u{2460}",
    "https://127\u{3002}0\u{3002}0\u{3002}1",
    "https://%31%32%37.0.0.1",
    "https://127.0.0.%31",
    "https://[::1]",
    "https://[::1]:8443/",
    "https://[0:0:0:0:0:0:0:1]",
    "https://[0000::0001]",
    "https://[::]",
    "https://[::127.0.0.1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::FFFF:7F00:1]",
    "https://[0:0:0:0:0:ffff:127.0.0.1]",
    "https://[::ffff:169.254.169.254]",
    "https://[::ffff:8.8.8.8]",
    "https://[::ffff:0:127.0.0.1]",
    "https://[64:ff9b::127.0.0.1]",
    "https://[64:ff9b::a9fe:a9fe]",
    "https://[64:ff9b:1::1]",
    "https://[2002:7f00:1::]",
    "https://[2002:a9fe:a9fe::1]",
    "https://[2001:0:7f00:1::1]",
    "https://[fe80::1]",
    "https://[fc00::1]",
    "https://[fd00:ec2::254]",
    "https://[ff02::1]",
    "https://[2001:db8::1]",
];

/// Forms that parsers read differently, or that no issuer has.
const MALFORMED: [&str; 44] = [
    "",
    "https",
    "https:",
    "https:/",
    "https://",
    "https:///",
    "https:///127.0.0.1",
    "https:127.0.0.1",
    "https:/127.0.0.1",
    "https:\\\\127.0.0.1",
    "https:/\\127.0.0.1",
    "//127.0.0.1",
    "/keys",
    "keys",
    "http://issuer.example",
    "HTTP://issuer.example",
    "ftp://issuer.example",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/",
    "data:application/json,{}",
    "unix:///run/docker.sock",
    "httpss://issuer.example",
    " https://issuer.example",
    "https://issuer.example ",
    "https://issuer.example\n",
    "ht\ttps://127.0.0.1",
    "https://127.0.0\t.1",
    "https://issuer.example\r\nHost: inside",
    "https://issuer.example\\@127.0.0.1",
    "https://issuer.example/\\..",
    "https://issuer.example\u{0}.test",
    "https://user@issuer.example",
    "https://user:password@issuer.example",
    "https://@issuer.example",
    "https://:@127.0.0.1",
    "https://issuer.example@127.0.0.1",
    "https://issuer.example:443@169.254.169.254/",
    "https://issuer.example:0",
    "https://issuer.example:65536",
    "https://issuer.example:-1",
    "https://issuer.example:443:443",
    "https://[fe80::1%25eth0]",
    "https://[::1",
    "https://1.2.3.4.5",
];

/// Names: nothing is known about them before they are resolved. The last one is an address.
const PUBLIC: [&str; 12] = [
    "https://issuer.example",
    "HTTPS://ISSUER.EXAMPLE/Path",
    "https://issuer.example.",
    "https://issuer.example:8443/a/b",
    "https://127.0.0.1.nip.io",
    "https://10-0-0-5.rebind.example",
    "https://localhost",
    "https://LOCALHOST./",
    "https://metadata.google.internal",
    "https://b\u{fc}cher.example",
    "https://issuer.example/user@host",
    "https://8.8.8.8",
];

#[test]
fn no_form_of_an_inside_address_is_let_through() {
    let guard = guard(OutboundPolicy::default());
    for text in INSIDE {
        let refusal = guard.check_url(text).expect_err(text);
        assert!(
            matches!(refusal, Refusal::Address { .. }),
            "{text}: {refusal}"
        );
    }
}

#[test]
fn what_parsers_disagree_about_is_refused() {
    let everything = ["0.0.0.0/0", "::/0"].map(|text| text.parse().expect("a network"));
    let guard = guard(OutboundPolicy::default().allow(everything));
    for text in MALFORMED {
        let refusal = guard.check_url(text).expect_err(text);
        assert!(
            !matches!(refusal, Refusal::Address { .. }),
            "{text}: {refusal}"
        );
    }
}

#[test]
fn names_and_public_addresses_pass() {
    let guard = guard(OutboundPolicy::default());
    for text in PUBLIC {
        let url = guard.check_url(text).expect(text);
        assert_eq!(url.scheme(), "https");
        assert_eq!(address_in(&url).is_some(), text == "https://8.8.8.8");
    }
}

#[test]
fn a_listed_network_opens_exactly_its_own_addresses() {
    let listed = ["127.0.0.1", "10.20.0.0/16"].map(|text| text.parse().expect("a network"));
    let guard = guard(OutboundPolicy::default().allow(listed));
    for text in [
        "https://127.0.0.1",
        "https://2130706433",
        "https://10.20.9.9:6443",
    ] {
        assert!(guard.check_url(text).is_ok(), "{text}");
    }
    for text in [
        "https://127.0.0.2",
        "https://[::1]",
        "https://10.21.0.1",
        "https://[::ffff:127.0.0.1]",
    ] {
        assert!(guard.check_url(text).is_err(), "{text}");
    }
}

#[test]
fn of_a_names_addresses_only_the_permitted_are_connected_to() {
    let guard = guard(OutboundPolicy::default());
    let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
        let parse = |text: &&str| SocketAddr::new(text.parse().expect("an address"), 0);
        texts.iter().map(parse).collect()
    };
    let permitted = |texts: &[&str]| guard.permitted(addresses(texts).into_iter());

    let mixed = permitted(&["127.0.0.1", "8.8.8.8", "fd00::1"]);
    assert_eq!(mixed, Ok(addresses(&["8.8.8.8"])));
    assert_eq!(permitted(&[]), Ok(Vec::new()));
    let refused = permitted(&["10.0.0.1", "169.254.169.254"]).expect_err("none is public");
    let expected: IpAddr = "169.254.169.254".parse().expect("an address");
    assert!(matches!(refused, Refusal::Address { address, .. } if address == expected));
    assert_eq!(
        permitted(&["8.8.8.8"; 100]).map(|all| all.len()),
        Ok(ADDRESSES_MAX)
    );
}

#[tokio::test]
async fn a_name_is_refused_for_what_it_resolves_to() {
    let resolve = |guard: Guard| async move {
        let name = "localhost".parse().expect("a name");
        guard.resolve(name).await.map(Iterator::collect::<Vec<_>>)
    };
    let refused = resolve(guard(OutboundPolicy::default())).await;
    let refused = refused.expect_err("localhost is not public");
    let refusal = refused
        .downcast_ref::<Refusal>()
        .expect("the guard's own error");
    assert!(matches!(refusal, Refusal::Address { address, .. } if address.is_loopback()));

    let allowed = resolve(guard(OutboundPolicy::default().allow_loopback())).await;
    let allowed = allowed.expect("loopback is allowed");
    assert!(!allowed.is_empty() && allowed.iter().all(|address| address.ip().is_loopback()));
}
