//! HTTP-10, HTTP-14 to HTTP-16 and U7: floods, dawdlers, and a thousand repeats. Others must not notice.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use countersign_testkit::http1::Connection;
use countersign_testkit::http2::{Http2, flag, frame, kind, literals};

use crate::answer::{Expected, e400, e401};
use crate::request::{Request, basic_raw, get, post_v1, post_v2};
use crate::sample::{CONTOSO, v1, v2};
use crate::stage::Stage;

const MEBIBYTE: u64 = 1 << 20;

/// The head of a good request over HTTP/2, but for its stream.
fn head(path: &str) -> [(&str, &str); 5] {
    [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "localhost"),
        (":path", path),
        ("content-type", "application/x-www-form-urlencoded"),
    ]
}

fn token_path() -> String {
    format!("/{CONTOSO}/oauth2/v2.0/token")
}

/// The slowest but one in a hundred good requests, one after the other.
fn p99(connection: &mut Connection, request: &[u8]) -> Duration {
    let mut times: Vec<_> = (0..100)
        .map(|_| {
            let start = Instant::now();
            let response = connection
                .exchange(request)
                .expect("a good client is served");
            assert_eq!(response.status, 200, "{response:?}");
            start.elapsed()
        })
        .collect();
    times.sort();
    times[98]
}

#[test]
fn http_2_serves_tokens_and_refusals() {
    let stage = Stage::new();
    let mut connection = Http2::open(&stage.endpoint).expect("the server answers");
    let path = token_path();
    let (status, body) = connection
        .exchange(1, &head(&path), v2().encode().as_bytes())
        .expect("an answer");
    let reply: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((status, &reply["token_type"]), (0x88, &"Bearer".into()));
    let bad = v2().without("grant_type").encode();
    let (status, body) = connection
        .exchange(3, &head(&path), bad.as_bytes())
        .expect("an answer");
    let reply: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((status, &reply["error_codes"][0]), (0x8c, &900_144.into()));
    drop(connection);
    stage.finish();
}

#[test]
fn http_14_streams_that_are_opened_and_reset_end_the_connection() {
    let stage = Stage::new();
    let good = post_v2(CONTOSO, &v2()).bytes();
    let mut other = stage.connect();
    let baseline = p99(&mut other, &good);
    let before = stage.resident_bytes();

    let endpoint = stage.endpoint.clone();
    let flood = std::thread::spawn(move || {
        let mut connection = Http2::open(&endpoint).expect("the server answers");
        let block = literals(&head(&token_path()));
        let mut sent = 0_u32;
        while sent < 100_000 {
            let mut batch = Vec::new();
            for _ in 0..100 {
                let stream = 2 * sent + 1;
                batch.extend(frame(kind::HEADERS, flag::END_HEADERS, stream, &block));
                batch.extend(frame(kind::RST_STREAM, flag::NONE, stream, &[0, 0, 0, 8]));
                sent += 1;
            }
            if connection.send(&batch).is_err() {
                break;
            }
        }
        (sent, ends(&mut connection))
    });
    let during = p99(&mut other, &good);
    let (sent, ended) = flood.join().expect("no panic");
    assert!(ended, "HTTP-14: open after {sent} streams");
    // Twice the baseline where the machine has nothing else to do; here it has.
    let bound = (2 * baseline).max(Duration::from_millis(500));
    assert!(during < bound, "HTTP-14: {baseline:?} became {during:?}");
    let grown = stage.resident_bytes().saturating_sub(before);
    assert!(grown < 20 * MEBIBYTE, "HTTP-14: grew by {grown} bytes");
    stage.serves_on().expect("HTTP-14");
    stage.finish();
}

#[test]
fn http_15_headers_without_end_end_the_connection() {
    let stage = Stage::new();
    let before = stage.resident_bytes();
    let mut connection = Http2::open(&stage.endpoint).expect("the server answers");
    let block = literals(&head(&token_path()));
    connection
        .send(&frame(kind::HEADERS, flag::NONE, 1, &block))
        .expect("open");
    let more = literals(&[("x-more", &"y".repeat(1_000))]);
    let mut sent = 0;
    while sent < 20_000 {
        let batch = frame(kind::CONTINUATION, flag::NONE, 1, &more).repeat(20);
        sent += 20;
        if connection.send(&batch).is_err() {
            break;
        }
    }
    assert!(ends(&mut connection), "HTTP-15: open after {sent} frames");
    let grown = stage.resident_bytes().saturating_sub(before);
    assert!(grown < 20 * MEBIBYTE, "HTTP-15: grew by {grown} bytes");
    stage.serves_on().expect("HTTP-15");
    stage.finish();
}

#[test]
fn http_15_empty_frames_do_not_pile_up() {
    let stage = Stage::new();
    let good = post_v2(CONTOSO, &v2()).bytes();
    let before = stage.resident_bytes();
    // On a stream whose body is waited for, and on one that was answered without reading it.
    for path in [token_path(), "/nothing".to_owned()] {
        let mut connection = Http2::open(&stage.endpoint).expect("the server answers");
        let block = literals(&head(&path));
        connection
            .send(&frame(kind::HEADERS, flag::END_HEADERS, 1, &block))
            .expect("open");
        let batch = frame(kind::DATA, flag::NONE, 1, &[]).repeat(1_000);
        let mut sent = 0;
        while sent < 1_000_000 && connection.send(&batch).is_ok() {
            sent += 1_000;
        }
        assert!(
            ends(&mut connection),
            "HTTP-15 {path}: open after {sent} frames"
        );
        let mut other = stage.connect();
        assert_eq!(other.exchange(&good).expect("an answer").status, 200);
        let grown = stage.resident_bytes().saturating_sub(before);
        assert!(
            grown < 20 * MEBIBYTE,
            "HTTP-15 {path}: grew by {grown} bytes after {sent} frames"
        );
    }
    stage.serves_on().expect("HTTP-15");
    stage.finish();
}

#[test]
fn http_10_and_16_dawdlers_are_sent_away_and_nobody_waits_for_them() {
    const DAWDLERS: usize = 300;
    let stage = Stage::new();
    let good = post_v2(CONTOSO, &v2()).bytes();
    let mut other = stage.connect();
    let baseline = p99(&mut other, &good);
    let mut dawdlers: Vec<_> = (0..DAWDLERS)
        .map(|_| (stage.connect(), Instant::now()))
        .collect();
    let mut silent = Silent::begin(&stage);
    let head = b"POST / HTTP/1.1\r\n";
    // One byte every five seconds, as long as the server takes them.
    for byte in &head[..2] {
        for (dawdler, _) in &mut dawdlers {
            dawdler.send(&[*byte]).expect("HTTP-16: open");
        }
        let during = p99(&mut other, &good);
        let bound = (2 * baseline).max(Duration::from_millis(500));
        assert!(during < bound, "HTTP-16: {baseline:?} became {during:?}");
        std::thread::sleep(Duration::from_secs(5));
    }
    for (dawdler, _) in &mut dawdlers {
        // An error here is an end too; the next line tells.
        let _ = dawdler.send(&head[2..3]);
    }
    for (dawdler, start) in &mut dawdlers {
        let left = Duration::from_secs(15).saturating_sub(start.elapsed());
        assert!(
            dawdler.is_closed_within(left.max(Duration::from_millis(50))),
            "HTTP-16: open after {:?}",
            start.elapsed()
        );
    }
    silent.check(&stage);
    stage.serves_on().expect("HTTP-16");
    stage.finish();
}

/// Peers that say nothing more, at every point where the server could wait for them.
struct Silent {
    before_tls: TcpStream,
    amid_tls: TcpStream,
    after_tls: Connection,
    after_an_answer: Connection,
    amid_a_body: Connection,
    part_of_a_request: Vec<u8>,
    start: Instant,
}

impl Silent {
    fn begin(stage: &Stage) -> Self {
        let start = Instant::now();
        let tcp = || TcpStream::connect(stage.endpoint.address()).expect("it listens");
        let mut amid_tls = tcp();
        amid_tls.write_all(&[22, 3, 1, 1, 0, 1]).expect("open");
        let mut after_an_answer = stage.connect();
        after_an_answer
            .exchange(&get("/health"))
            .expect("an answer");
        let head = post_v2(CONTOSO, &v2()).head_without_length();
        let part_of_a_request = format!("{head}Content-Length: 200\r\n\r\ngrant_type=");
        let mut amid_a_body = stage.connect();
        amid_a_body
            .send(part_of_a_request.as_bytes())
            .expect("open");
        Self {
            before_tls: tcp(),
            amid_tls,
            after_tls: stage.connect(),
            after_an_answer,
            amid_a_body,
            part_of_a_request: part_of_a_request.into_bytes(),
            start,
        }
    }

    fn check(&mut self, stage: &Stage) {
        let start = self.start;
        // HTTP-10: a body is told that it is too slow, since its head was understood.
        let response = self.amid_a_body.response().expect("HTTP-10: an answer");
        let too_slow = Expected::Refused(408, "invalid_request", 90_024);
        stage.check_response("HTTP-10", &self.part_of_a_request, &response, too_slow);
        let left = || Duration::from_secs(16).saturating_sub(start.elapsed());
        for (case, is_closed) in [
            ("before TLS", closes_within(&mut self.before_tls, left())),
            ("amid TLS", closes_within(&mut self.amid_tls, left())),
            ("after TLS", self.after_tls.is_closed_within(left())),
            (
                "after an answer",
                self.after_an_answer.is_closed_within(left()),
            ),
            ("amid a body", self.amid_a_body.is_closed_within(left())),
        ] {
            assert!(
                is_closed,
                "HTTP-16 {case}: open after {:?}",
                start.elapsed()
            );
        }
    }
}

#[test]
fn u7_a_thousand_repeats_leave_no_memory_behind() {
    let stage = Stage::new();
    let long = "x".repeat(100_000);
    let cases: [(Request, Expected); 8] = [
        (
            post_v2(CONTOSO, &v2()).body(""),
            e400("invalid_request", 900_144),
        ),
        (
            post_v2(CONTOSO, &v2().and("client_id", "x")),
            e400("invalid_request", 9_002_313),
        ),
        (
            post_v2(CONTOSO, &v2().with("scope", &long)),
            e400("invalid_scope", 1_002_012),
        ),
        (
            post_v1(CONTOSO, &v1().with("resource", &long)),
            e400("invalid_resource", 500_011),
        ),
        (
            post_v2(CONTOSO, &v2().with("grant_type", &long)),
            e400("unsupported_grant_type", 70_003),
        ),
        (
            post_v2(CONTOSO, &v2()).header("Authorization", &basic_raw("no colon")),
            e400("invalid_request", 9_002_313),
        ),
        (
            post_v2(&"a".repeat(300), &v2()),
            e400("invalid_request", 900_023),
        ),
        (
            post_v2(CONTOSO, &v2().with("client_secret", "")),
            e401(7_000_216),
        ),
    ];
    for (request, expected) in &cases {
        stage.check("U7", request, *expected);
    }
    let repeat = || {
        let mut connection = stage.connect();
        for (request, _) in &cases {
            let bytes = request.bytes();
            for _ in 0..125 {
                connection.exchange(&bytes).expect("U7: an answer");
            }
        }
    };
    // The first half fills what is allowed to be filled: caches, the allocator's own pages.
    repeat();
    let before = stage.resident_bytes();
    repeat();
    let grown = stage.resident_bytes().saturating_sub(before);
    assert!(grown < 20 * MEBIBYTE, "U7: grew by {grown} bytes");
    // Client ids and names that are not there are asked for by anyone, each time others.
    let mut connection = stage.connect();
    for number in 0..2_000 {
        let id = format!("aaaaaaaa-0000-4000-9000-{number:012}");
        let form = v2().with("client_id", &id);
        let response = connection.exchange(&post_v2(CONTOSO, &form).bytes());
        assert_eq!(response.expect("an answer").status, 400);
    }
    let grown = stage.resident_bytes().saturating_sub(before);
    assert!(
        grown < 20 * MEBIBYTE,
        "U7: grew by {grown} bytes for unknown clients"
    );
    stage.finish();
}

/// Whether the server ends an HTTP/2 connection: GOAWAY, or no more at all.
fn ends(connection: &mut Http2) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(15) {
        match connection.read() {
            Ok(frame) if frame.kind == kind::GOAWAY => return true,
            Ok(_) => {}
            Err(error) => {
                let is_silence = matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                );
                return !is_silence;
            }
        }
    }
    false
}

fn closes_within(stream: &mut TcpStream, patience: Duration) -> bool {
    let patience = patience.max(Duration::from_millis(50));
    stream.set_read_timeout(Some(patience)).expect("open");
    let mut rest = Vec::new();
    // An alert may come before the end; a reset is an end too.
    match stream.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}
