//! How a server ends: SIGTERM and Ctrl-C finish what is in flight.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use countersign_testkit::endpoint::Endpoint;
use countersign_testkit::http1::Connection;
use countersign_testkit::server::Signal;

use super::Place;
use crate::request::{get, post_v2};
use crate::sample;
use crate::stage::start_dev;

#[test]
fn both_signals_end_it_with_success() {
    for signal in [Signal::TERM, Signal::INT] {
        let place = Place::new();
        let server = place.dev();
        let mut idle = place.connect(&server);
        idle.exchange(&get("/health")).expect("an answer");
        let start = Instant::now();
        let ended = server.stop(signal);
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{signal:?}"
        );
        // A connection that is only kept open is nothing in flight.
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{:?}",
            start.elapsed()
        );
    }
}

#[test]
fn a_request_in_flight_is_answered() {
    for signal in [Signal::TERM, Signal::INT] {
        let place = Place::new();
        let directory = place.write("directory.yaml", &sample::directory());
        let mut server = start_dev(&place.data(), &directory, &place.path("stderr"));
        let endpoint = Endpoint::tls(server.address(), &place.data().join("ca.pem"));
        let mut connection = Connection::open(&endpoint);
        let request = post_v2(sample::CONTOSO, &sample::v2()).bytes();
        let (first, rest) = request.split_at(request.len() - 20);
        connection.send(first).expect("open");
        // Until the server has read that much, there is nothing in flight.
        std::thread::sleep(Duration::from_millis(300));
        server.signal(signal);
        let start = Instant::now();
        while TcpStream::connect(endpoint.address()).is_ok() {
            let waited = start.elapsed();
            assert!(
                waited < Duration::from_secs(5),
                "it still takes connections"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(server.is_running(), "{signal:?}: it did not wait");
        connection.send(rest).expect("open");
        let response = connection.response().expect("an answer");
        assert_eq!(response.status, 200, "{signal:?}: {response:?}");
        assert!(response.closes(), "{signal:?}: {response:?}");
        assert_eq!(server.wait().code, Some(0), "{signal:?}");
    }
}
