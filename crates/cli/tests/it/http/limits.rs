//! HTTP-09 and HTTP-13: how large a request may be.

use std::time::Duration;

use super::refuse_head;
use crate::answer::Expected;
use crate::request::post_v2;
use crate::sample::{CONTOSO, v2};
use crate::stage::Stage;

#[test]
fn http_09_bodies_have_a_limit_that_is_kept_before_they_are_read() {
    let stage = Stage::new();
    let too_large = Expected::Refused(413, "invalid_request", 90_056);
    let filled = |bytes: usize| {
        let body = v2().encode();
        let filler = "x".repeat(bytes - body.len() - "&filler=".len());
        post_v2(CONTOSO, &v2()).body(format!("{body}&filler={filler}"))
    };
    stage.check("HTTP-09 64 KiB", &filled(64 * 1024), Expected::Token);
    stage.check("HTTP-09 128 KiB", &filled(128 * 1024), Expected::Token);
    stage.check("HTTP-09 128 KiB + 1", &filled(128 * 1024 + 1), too_large);
    stage.check("HTTP-09 1 MiB", &filled(1024 * 1024), too_large);
    let before = stage.resident_bytes();
    let head = post_v2(CONTOSO, &v2()).head_without_length();
    for length in ["104857600", "1000000000000"] {
        // Announced, and never sent: the answer must not wait for it.
        let request = format!("{head}Content-Length: {length}\r\n\r\n");
        stage.check_bytes("HTTP-09 announced", request.as_bytes(), too_large);
    }
    let beyond = format!("{head}Content-Length: {}\r\n\r\n", u64::MAX);
    refuse_head(&stage, "HTTP-09 beyond", beyond.as_bytes(), &[400, 431]);
    let mut connection = stage.connect();
    let chunks = filled(1024 * 1024).chunks(16 * 1024);
    let sent = chunks.concat();
    for chunk in chunks {
        if connection.send(&chunk).is_err() {
            break;
        }
    }
    let response = connection.response().expect("HTTP-09 streamed: an answer");
    stage.check_response("HTTP-09 streamed", &sent, &response, too_large);
    assert!(connection.is_closed_within(Duration::from_secs(5)));
    let grown = stage.resident_bytes().saturating_sub(before);
    assert!(grown < 20 << 20, "HTTP-09: grew by {grown} bytes");
    stage.finish();
}

#[test]
fn http_13_heads_have_limits() {
    let stage = Stage::new();
    let request = post_v2(CONTOSO, &v2());
    let many = (0..300).fold(request.clone(), |request, index| {
        request.header(&format!("x-{index}"), "y")
    });
    let large = request.clone().header("x-large", &"y".repeat(1 << 20));
    let long = request.query(&"z".repeat(64 * 1024));
    for (case, request) in [("300 lines", many), ("1 MiB", large), ("64 KiB URL", long)] {
        refuse_head(
            &stage,
            &format!("HTTP-13 {case}"),
            &request.bytes(),
            &[431, 414],
        );
    }
    stage.finish();
}
