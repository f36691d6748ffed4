//! SCP-01 to SCP-11: what a client asks for.

use countersign_domain::oauth::resource::RequestedResource;
use countersign_testkit::random::SeededRandom;

use crate::answer::{Expected, e400};
use crate::request::{Request, post_v1, post_v2};
use crate::sample::{CONTOSO, LEDGER, ORDERS, RETIRED, v1, v2};
use crate::stage::Stage;

const INVALID: Expected = e400("invalid_scope", 70_011);
const NOT_DEFAULT: Expected = e400("invalid_scope", 1_002_012);
const UNKNOWN: Expected = e400("invalid_resource", 500_011);
const DISABLED: Expected = e400("invalid_resource", 500_014);
const SLASHED: &str = "https://slashed.contoso.example";

fn scope(scope: &str) -> Request {
    post_v2(CONTOSO, &v2().with("scope", scope))
}

fn resource(resource: &str) -> Request {
    post_v1(CONTOSO, &v1().with("resource", resource))
}

#[test]
fn scp_01_and_05_and_09_the_audience_follows_from_the_resource() {
    let stage = Stage::new();
    let ledger = "https://ledger.contoso.example";
    for (case, request, audience) in [
        // Version 2 tokens name the resource's client id, however it was asked for.
        ("SCP-01 URI", scope("api://orders/.default"), ORDERS),
        ("SCP-01 GUID", scope(&format!("{ORDERS}/.default")), ORDERS),
        (
            "SCP-01 GUID in upper case",
            scope(&format!("{}/.default", ORDERS.to_uppercase())),
            ORDERS,
        ),
        (
            "SCP-01 api://GUID",
            scope(&format!("api://{ORDERS}/.default")),
            ORDERS,
        ),
        (
            "SCP-01 https",
            scope("https://orders.contoso.example/v1/.default"),
            ORDERS,
        ),
        ("SCP-01 letter case", scope("API://Orders/.DEFAULT"), ORDERS),
        (
            "SCP-01 with scopes of user sign-in",
            scope("openid api://orders/.default offline_access"),
            ORDERS,
        ),
        ("SCP-09 URI, version 2", resource("api://orders"), ORDERS),
        // Version 1 tokens repeat what was asked for.
        (
            "SCP-05 one slash",
            scope(&format!("{SLASHED}/.default")),
            SLASHED,
        ),
        (
            "SCP-05 two slashes",
            scope(&format!("{SLASHED}//.default")),
            "https://slashed.contoso.example/",
        ),
        ("SCP-09 URI", resource(ledger), ledger),
        (
            "SCP-09 with a slash",
            resource("https://ledger.contoso.example/"),
            "https://ledger.contoso.example/",
        ),
        ("SCP-09 without its slash", resource(SLASHED), SLASHED),
        ("SCP-09 GUID", resource(LEDGER), LEDGER),
        (
            "SCP-09 spn:",
            resource(&format!("spn:{LEDGER}")),
            "spn:cccccccc-0000-4000-8000-000000000002",
        ),
    ] {
        let issued = stage.issued(case, &request);
        assert_eq!(issued.claims["aud"], audience, "{case}");
        if let Some(echoed) = issued.reply.get("resource") {
            let is_v2 = issued.claims["ver"] == "2.0";
            assert!(is_v2 || echoed == audience, "{case}: {echoed}");
        }
        let header = &issued.header;
        assert_eq!(
            (&header["typ"], &header["alg"]),
            (&"JWT".into(), &"RS256".into())
        );
        let is_v1 = issued.claims["ver"] == "1.0";
        assert_eq!(header.get("x5t").is_some(), is_v1, "{case}: {header}");
    }
    stage.finish();
}

#[test]
fn scp_02_to_10_anything_else_is_refused() {
    let stage = Stage::new();
    let without_scope = post_v2(CONTOSO, &v2().without("scope"));
    let without_resource = post_v1(CONTOSO, &v1().without("resource"));
    let with_both = post_v2(CONTOSO, &v2().and("resource", "api://orders"));
    let raw = |bytes: &[u8]| {
        let mut body = v2().without("scope").encode().into_bytes();
        body.extend(b"&scope=api%3A%2F%2Forders");
        body.extend(bytes);
        body.extend(b"%2F.default");
        post_v2(CONTOSO, &v2()).body(body)
    };
    for (case, request, expected) in [
        ("SCP-02", without_scope, e400("invalid_request", 90_014)),
        (
            "SCP-02 v1.0",
            without_resource,
            e400("invalid_request", 900_144),
        ),
        (
            "SCP-03 one role",
            scope("api://orders/Orders.Read"),
            NOT_DEFAULT,
        ),
        ("SCP-03 user sign-in", scope("openid profile"), NOT_DEFAULT),
        ("SCP-03 bare", scope("api://orders"), NOT_DEFAULT),
        (
            "SCP-03 encoded twice",
            scope("api%3A%2F%2Forders%2F.default"),
            NOT_DEFAULT,
        ),
        ("SCP-03 spaces", scope("   "), NOT_DEFAULT),
        (
            "SCP-04",
            scope("api://orders/.default api://locked/.default"),
            INVALID,
        ),
        (
            "SCP-04 mixed",
            scope("api://orders/.default api://orders/Orders.Read"),
            INVALID,
        ),
        ("SCP-03 relative", scope("orders/.default"), INVALID),
        ("SCP-06", scope("api://nothing/.default"), UNKNOWN),
        ("SCP-06 v1.0", resource("api://nothing"), UNKNOWN),
        ("SCP-06 of T2", scope("api://stock/.default"), UNKNOWN),
        (
            "SCP-06 of T2 by id",
            scope("cccccccc-0000-4000-8000-000000000006/.default"),
            UNKNOWN,
        ),
        (
            "SCP-06 part of a name",
            scope("api://order/.default"),
            UNKNOWN,
        ),
        (
            "SCP-06 longer name",
            scope("api://orders/x/.default"),
            UNKNOWN,
        ),
        ("SCP-06 Graph", scope(".default"), Expected::Token),
        ("SCP-06 wildcard", resource("%"), UNKNOWN),
        ("SCP-06 SQL", resource("api://orders' OR '1'='1"), UNKNOWN),
        ("SCP-07", scope("api://retired/.default"), DISABLED),
        ("SCP-07 by id", resource(RETIRED), DISABLED),
        ("SCP-08 tab", scope("api://orders\t/.default"), INVALID),
        (
            "SCP-08 newline",
            scope("api://orders\r\n/.default"),
            INVALID,
        ),
        ("SCP-08 NUL", scope("api://orders\0/.default"), INVALID),
        ("SCP-08 quote", scope("api://orders\"/.default"), INVALID),
        (
            "SCP-08 backslash",
            scope("api://orders\\/.default"),
            INVALID,
        ),
        ("SCP-08 not ASCII", scope("api://ördérs/.default"), INVALID),
        (
            "SCP-08 direction",
            scope("api://orders\u{202e}/.default"),
            INVALID,
        ),
        (
            "SCP-08 escape",
            scope("api://orders\u{1b}[31m/.default"),
            INVALID,
        ),
        (
            "SCP-08 100 kB",
            scope(&format!("{}/.default", "x".repeat(100_000))),
            INVALID,
        ),
        (
            "SCP-08 raw bytes",
            raw(b"\xff\xfe"),
            e400("invalid_request", 9_002_313),
        ),
        ("SCP-08 raw NUL", raw(b"\0"), INVALID),
        ("SCP-08 v1.0 NUL", resource("api://orders\0"), UNKNOWN),
        (
            "SCP-08 v1.0 100 kB",
            resource(&"x".repeat(100_000)),
            UNKNOWN,
        ),
        ("SCP-10", with_both, e400("invalid_request", 901_002)),
    ] {
        stage.check(case, &request, expected);
    }
    stage.finish();
}

#[test]
fn scp_11_a_million_scopes_are_read_or_refused_and_read_back() {
    const PIECES: [&str; 16] = [
        "api:",
        "//",
        "/",
        ".default",
        "/.default",
        " ",
        "x",
        "openid",
        "é",
        "\0",
        "\"",
        "%2F",
        "https://h",
        "urn:y",
        ".DEFAULT",
        ORDERS,
    ];
    let random = SeededRandom::new(11);
    let mut scope = String::new();
    let mut read = 0;
    for _ in 0..1_000_000 {
        scope.clear();
        for _ in 0..=random.below(6) {
            scope.push_str(PIECES[random.below(PIECES.len())]);
        }
        if let Ok(resource) = RequestedResource::from_scope(&scope) {
            let printed = format!("{}/.default", resource.as_str());
            assert_eq!(
                RequestedResource::from_scope(&printed).as_ref(),
                Ok(&resource),
                "SCP-11 {scope:?}"
            );
            read += 1;
        }
    }
    assert!(read > 1_000, "SCP-11: only {read} could be read at all");
}
