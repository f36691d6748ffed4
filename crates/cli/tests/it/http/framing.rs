//! HTTP-10 to HTTP-12 and HTTP-18: where a request begins and ends.

use countersign_testkit::http1::Unanswered;

use super::{MALFORMED, MISSING, refuse_head};
use crate::answer::Expected;
use crate::request::{get, post_v2};
use crate::sample::{CONTOSO, v2};
use crate::stage::Stage;

#[test]
fn http_10_a_body_that_breaks_off_does_nothing() {
    let stage = Stage::new();
    let head = post_v2(CONTOSO, &v2()).head_without_length();
    let part = format!("{head}Content-Length: 200\r\n\r\n{}", &v2().encode()[..50]);
    let mut closing = stage.connect();
    closing.send(part.as_bytes()).expect("open");
    closing.stream().finish_sending().expect("open");
    match closing.response() {
        Ok(response) => stage.check_response("HTTP-10", part.as_bytes(), &response, MALFORMED),
        Err(Unanswered::Closed) => {}
        Err(other) => panic!("HTTP-10: {other:?}"),
    }
    stage.serves_on().expect("HTTP-10");
    stage.finish();
}

#[test]
fn http_11_and_12_framing_is_plain_or_refused() {
    let stage = Stage::new();
    let request = post_v2(CONTOSO, &v2());
    let mut connection = stage.connect();
    let chunks = request.chunks(1);
    for chunk in &chunks {
        connection.send(chunk).expect("HTTP-11: open");
    }
    let response = connection.response().expect("HTTP-11: an answer");
    stage.check_response("HTTP-11", &chunks.concat(), &response, Expected::Token);

    let head = request.head_without_length();
    let form = v2().encode();
    let length = form.len();
    let good = format!("Content-Length: {length}\r\n");
    let chunked = format!("{length:x}\r\n{form}\r\n0\r\n\r\n");
    for (case, headers, body) in [
        (
            "unknown coding",
            "Transfer-Encoding: xchunked\r\n".to_owned(),
            &chunked,
        ),
        (
            "chunked is not last",
            "Transfer-Encoding: chunked, identity\r\n".to_owned(),
            &chunked,
        ),
        (
            "two lengths",
            format!("{good}Content-Length: {}\r\n", length + 1),
            &form,
        ),
        ("a sign", format!("Content-Length: +{length}\r\n"), &form),
        ("not a number", "Content-Length: ten\r\n".to_owned(), &form),
        (
            "a list",
            format!("Content-Length: {length}, {}\r\n", length + 1),
            &form,
        ),
        (
            "space before the colon",
            format!("{good}X-Test : 1\r\n"),
            &form,
        ),
        ("NUL", format!("{good}X-Test: a\0b\r\n"), &form),
        ("bare CR", format!("{good}X-Test: a\rb\r\n"), &form),
        ("folded line", format!("{good}X-Test: a\r\n b\r\n"), &form),
        ("no colon", format!("{good}X-Test\r\n"), &form),
        ("two hosts", format!("{good}Host: localhost\r\n"), &form),
        (
            "two different hosts",
            format!("{good}Host: evil.example\r\n"),
            &form,
        ),
    ] {
        let bytes = format!("{head}{headers}\r\n{body}");
        refuse_head(&stage, &format!("HTTP-12 {case}"), bytes.as_bytes(), &[400]);
    }
    let no_host = String::from_utf8(request.bytes()).expect("ASCII");
    let no_host = no_host.replacen("Host: localhost\r\n", "", 1);
    refuse_head(&stage, "HTTP-12 no host", no_host.as_bytes(), &[400]);
    stage.finish();
}

/// With both framings the chunks count (RFC 9112 section 6.3), and whatever follows on the
/// connection is nobody's: a front end that went by the length would have attached it to another
/// client's request.
#[test]
fn http_12_what_follows_two_framings_is_not_read() {
    let stage = Stage::new();
    let request = post_v2(CONTOSO, &v2());
    let head = request.head_without_length();
    let form = v2().encode();
    let chunked = format!("{:x}\r\n{form}\r\n0\r\n\r\n", form.len());
    let smuggled = String::from_utf8(get("/health")).expect("ASCII");
    let coding = "Transfer-Encoding: chunked\r\n";
    for (case, first, second) in [
        ("length first", "Content-Length: 3\r\n", coding),
        ("coding first", coding, "Content-Length: 3\r\n"),
        ("coding alone", coding, ""),
    ] {
        let bytes = format!("{head}{first}{second}\r\n{chunked}{smuggled}");
        let mut connection = stage.connect();
        let response = connection.exchange(bytes.as_bytes()).expect("an answer");
        stage.check_response(
            &format!("HTTP-12 {case}"),
            bytes.as_bytes(),
            &response,
            Expected::Token,
        );
        let second = connection.response();
        assert!(
            matches!(second, Err(Unanswered::Closed)),
            "HTTP-12 {case}: {second:?}"
        );
    }
    stage.finish();
}

#[test]
fn http_18_pipelined_requests_are_answered_in_order() {
    let stage = Stage::new();
    let good = post_v2(CONTOSO, &v2()).bytes();
    let bad = post_v2(CONTOSO, &v2().without("grant_type")).bytes();
    let mut connection = stage.connect();
    let all = [good.clone(), bad.clone(), good.clone()].concat();
    connection.send(&all).expect("open");
    for (request, expected) in [
        (&good, Expected::Token),
        (&bad, MISSING),
        (&good, Expected::Token),
    ] {
        let response = connection.response().expect("HTTP-18: an answer");
        stage.check_response("HTTP-18", request, &response, expected);
    }
    stage.finish();
}
