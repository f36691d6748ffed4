//! No packet leaves for an address that is not public (FED-08).
//!
//! The test runs itself again inside a network of its own, where every address of IPv4 and IPv6 is
//! this machine: a connection to any of them would succeed, and the system counts each attempt.

use std::collections::HashSet;
use std::fs;
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_server::federation::Refusal;

use super::*;

/// Every address is local, and names are resolved by the test.
const NETWORK: &str = "set -e
ip link set lo up
ip route add local 0.0.0.0/0 dev lo
ip -6 route add local ::/0 dev lo
echo 'nameserver 127.0.0.53' > \"$1\"
mount --bind \"$1\" /etc/resolv.conf
shift
exec \"$@\"";

/// Addresses inside, each tried as it is and as what a public name resolves to.
const INSIDE: [&str; 40] = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.5",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.5",
    "64:ff9b::a00:5",
    "64:ff9b:1::1",
    "100::1",
    "2001::7f00:1",
    "2001:db8::1",
    "2002:a00:5::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
];

/// Set for the run inside the network.
const INSIDE_MARK: &str = "COUNTERSIGN_TEST_SINK";

/// A public address, so that what the sink does not see is known to be visible to it.
const PUBLIC: &str = "8.8.8.8";

#[test]
fn no_packet_leaves_for_an_inside_address() {
    let scratch = tempfile::tempdir().expect("a directory");
    let this = std::env::current_exe().expect("this program");
    let output = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--net",
            "--mount",
            "sh",
            "-c",
            NETWORK,
            "sh",
        ])
        .arg(scratch.path().join("resolv.conf"))
        .arg(this)
        .args(["--exact", "federation::sink::inside_a_network_of_its_own"])
        .env(INSIDE_MARK, "1")
        .output()
        .expect("unshare (util-linux) can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "this test needs `ip` (iproute2) and leave to make user and network namespaces\n{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_a_network_of_its_own() {
    // Run by the test above, which fails where this did not run inside; elsewhere there is no sink.
    #[expect(
        clippy::disallowed_methods,
        reason = "the test above says so by the environment"
    )]
    if std::env::var_os(INSIDE_MARK).is_none() {
        return;
    }
    let sink = Sink::listen();
    let names = Names::serve();
    for address in INSIDE.iter().filter(|address| !is_unroutable(address)) {
        let address: IpAddr = address.parse().expect("an address");
        assert!(
            TcpStream::connect((address, 443)).is_ok(),
            "{address} leads to the sink"
        );
    }
    let before = Attempts::now();
    assert!(before.0 > 20, "attempts are counted");

    let party = Party::new(OutboundPolicy::default(), hasty());
    for (n, text) in INSIDE.iter().enumerate() {
        let address: IpAddr = text.parse().expect("an address");
        let literal = match address {
            IpAddr::V4(_) => format!("https://{address}"),
            IpAddr::V6(_) => format!("https://[{address}]"),
        };
        check_refused(&party, &literal).await;
        check_refused(&party, &format!("https://inside-{n}.test")).await;
    }
    check_refused(&party, "https://all-inside.test").await;
    assert_eq!(Attempts::now(), before, "no connection was tried");
    assert!(
        names.asked.load(Ordering::SeqCst) > INSIDE.len(),
        "names were resolved"
    );

    check_rebinding(&sink).await;
    check_mixed(&sink).await;
    check_listed(&sink).await;
}

async fn check_refused(party: &Party, url: &str) {
    let reason = unreachable(party.key(url, "k").await);
    let is_refused = matches!(reason, FetchError::Refused(Refusal::Address { .. }));
    // A resolver may itself drop addresses that no host can have.
    let has_none =
        matches!(&reason, FetchError::Request(text) if text.contains("address information"));
    assert!(is_refused || has_none, "{url}: {reason}");
}

/// A name that is public when it is looked at and inside when it is looked at again.
async fn check_rebinding(sink: &Sink) {
    sink.forget();
    let party = Party::new(OutboundPolicy::default(), hasty());
    let reason = unreachable(party.key("https://rebinding.test", "k").await);
    assert!(
        matches!(reason, FetchError::Request(_)),
        "the sink speaks no TLS: {reason}"
    );
    assert_eq!(
        sink.reached(),
        HashSet::from([PUBLIC.parse().expect("an address")])
    );
    party.advance(60);
    check_refused(&party, "https://rebinding.test").await;
    assert_eq!(sink.reached().len(), 1);
}

/// A name with public and inside addresses: the inside ones are not even tried after the public
/// ones have failed.
async fn check_mixed(sink: &Sink) {
    sink.forget();
    let party = Party::new(OutboundPolicy::default(), hasty());
    unreachable(party.key("https://mixed.test", "k").await);
    assert_eq!(
        sink.reached(),
        HashSet::from([PUBLIC.parse().expect("an address")])
    );
}

/// The operator's list opens exactly the network that it names.
async fn check_listed(sink: &Sink) {
    sink.forget();
    let listed = OutboundPolicy::default().allow(["10.0.0.0/30".parse().expect("a network")]);
    let party = Party::new(listed, hasty());
    for last in 0..8 {
        let _ = party.key(&format!("https://10.0.0.{last}"), "k").await;
    }
    let expected = (0..4).map(|last| IpAddr::from([10, 0, 0, last])).collect();
    assert_eq!(sink.reached(), expected);
}

/// Multicast, broadcast and a few others take no connection even here.
fn is_unroutable(address: &str) -> bool {
    let address: IpAddr = address.parse().expect("an address");
    match address {
        IpAddr::V4(v4) => v4.is_multicast() || v4.octets()[0] == 0 || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_multicast() || v6.is_unspecified() || v6.is_unicast_link_local(),
    }
}

/// Connections that this network's processes have tried to make, of both families.
#[derive(Debug, PartialEq, Eq)]
struct Attempts(u64);

impl Attempts {
    fn now() -> Self {
        let text = fs::read_to_string("/proc/self/net/snmp").expect("Linux counts");
        let mut tcp = text.lines().filter(|line| line.starts_with("Tcp:"));
        let names = tcp.next().expect("names").split(' ');
        let values = tcp.next().expect("values").split(' ');
        let opens = names.zip(values).find(|(name, _)| *name == "ActiveOpens");
        Self(
            opens
                .and_then(|(_, count)| count.parse().ok())
                .expect("a number"),
        )
    }
}

/// Takes every connection to port 443 of any address, and remembers which address was meant.
struct Sink {
    reached: Arc<Mutex<HashSet<IpAddr>>>,
}

impl Sink {
    fn listen() -> Self {
        let listener = TcpListener::bind(("::", 443)).expect("all addresses, both families");
        let reached = Arc::new(Mutex::new(HashSet::new()));
        let seen = Arc::clone(&reached);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let local = stream
                    .and_then(|stream| stream.local_addr())
                    .expect("connected");
                seen.lock()
                    .expect("no panic")
                    .insert(local.ip().to_canonical());
            }
        });
        Self { reached }
    }

    fn reached(&self) -> HashSet<IpAddr> {
        // The sink learns of a connection a moment after its maker.
        std::thread::sleep(Duration::from_millis(50));
        self.reached.lock().expect("no panic").clone()
    }

    fn forget(&self) {
        std::thread::sleep(Duration::from_millis(50));
        self.reached.lock().expect("no panic").clear();
    }
}

/// A name server that makes public names resolve to whatever a test needs.
struct Names {
    asked: Arc<AtomicUsize>,
}

impl Names {
    fn serve() -> Self {
        let socket = UdpSocket::bind("127.0.0.53:53").expect("the name server's address");
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut rebound = false;
            let mut query = [0; 512];
            loop {
                let (length, client) = socket.recv_from(&mut query).expect("a query");
                count.fetch_add(1, Ordering::SeqCst);
                let reply = reply(&query[..length], &mut rebound);
                socket.send_to(&reply, client).expect("sent");
            }
        });
        Self { asked }
    }
}

/// Answers one question for A or AAAA records (RFC 1035 §4.1).
fn reply(query: &[u8], rebound: &mut bool) -> Vec<u8> {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).into_owned());
        at = end;
    }
    let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
    let question = &query[12..at + 5];
    let records: Vec<Vec<u8>> = addresses(&labels[0], kind == 1, rebound)
        .into_iter()
        .filter_map(|address| match (address, kind) {
            (IpAddr::V4(v4), 1) => Some(v4.octets().to_vec()),
            (IpAddr::V6(v6), 28) => Some(v6.octets().to_vec()),
            _ => None,
        })
        .collect();
    let mut reply = query[..2].to_vec();
    reply.extend([0x81, 0x80, 0, 1]);
    reply.extend(u16::try_from(records.len()).expect("few").to_be_bytes());
    reply.extend([0, 0, 0, 0]);
    reply.extend(question);
    for data in records {
        reply.extend([0xc0, 12]);
        reply.extend(kind.to_be_bytes());
        reply.extend([0, 1, 0, 0, 0, 0]);
        reply.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
        reply.extend(data);
    }
    reply
}

fn addresses(name: &str, is_v4: bool, rebound: &mut bool) -> Vec<IpAddr> {
    let parse = |text: &str| -> IpAddr { text.parse().expect("an address") };
    match name {
        "all-inside" => INSIDE[..20].iter().map(|text| parse(text)).collect(),
        "mixed" => ["10.0.0.5", PUBLIC, "fd00::1", "127.0.0.1"]
            .map(parse)
            .to_vec(),
        "rebinding" if *rebound => vec![parse("127.0.0.1"), parse("::1")],
        "rebinding" => {
            *rebound = is_v4;
            vec![parse(PUBLIC)]
        }
        _ => {
            let place = name
                .strip_prefix("inside-")
                .and_then(|n| n.parse::<usize>().ok());
            vec![parse(INSIDE[place.expect("a name of this test")])]
        }
    }
}
