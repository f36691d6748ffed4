//! What is written to the log.

use std::fs;

use super::{Site, TLS, stop};
use crate::request::{basic, post_v1, post_v2};
use crate::sample::{
    self, AUDITOR, AUDITOR_SECRET, CONTOSO, DAEMON, DAEMON_SECRET, VISITOR, VISITOR_SECRET, v1, v2,
};
use crate::traces::search;

/// U4 with the log as loud as it goes, in both of its forms.
#[test]
fn no_log_holds_a_credential() {
    for format in ["text", "json"] {
        let site = Site::new();
        let log = format!("{TLS}[log]\nfilter = \"trace\"\nformat = \"{format}\"\n");
        site.write(&site.config(&site.sqlite(), &log));
        site.fill();
        let server = site.serve();
        let mut connection = site.tls(&server);
        let mut canaries: Vec<String> = sample::SECRETS.map(ToOwned::to_owned).to_vec();
        let by_header = v2().without("client_id").without("client_secret");
        let header = basic(DAEMON, DAEMON_SECRET);
        canaries.push(header["Basic ".len()..].to_owned());
        let assertion = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjYW5hcnkifQ.Y2FuYXJ5LXNpZ25hdHVyZQ";
        canaries.push("Y2FuYXJ5LXNpZ25hdHVyZQ".to_owned());
        let bearer = "canary-of-a-bearer-token";
        canaries.push(bearer.to_owned());
        let asserted = v2()
            .without("client_secret")
            .and("client_assertion", assertion)
            .and(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            );
        let visitor = v2()
            .with("client_id", VISITOR)
            .with("client_secret", VISITOR_SECRET);
        let auditor = v2()
            .with("client_id", AUDITOR)
            .with("client_secret", AUDITOR_SECRET);
        let tokens = [
            post_v2(CONTOSO, &v2()),
            post_v1(CONTOSO, &v1()),
            post_v2(CONTOSO, &visitor),
            post_v2(CONTOSO, &auditor),
            post_v2(CONTOSO, &by_header).header("Authorization", &header),
        ];
        for request in tokens {
            let response = connection.exchange(&request.bytes()).expect("an answer");
            assert_eq!(response.status, 200, "{response:?}");
            let token = response.json()["access_token"].as_str().map(str::to_owned);
            let token = token.expect("text");
            canaries.push(token.rsplit('.').next().expect("a signature").to_owned());
        }
        for request in [
            post_v2(CONTOSO, &v2()).body("").query(&v2().encode()),
            post_v2(CONTOSO, &v2().and("client_secret", VISITOR_SECRET)),
            post_v2(CONTOSO, &asserted),
            post_v2(CONTOSO, &v2()).header("Authorization", &format!("Bearer {bearer}")),
            post_v2(CONTOSO, &v2()).header("Cookie", &format!("session={bearer}")),
            post_v2(CONTOSO, &v2()).header("X-Client-Secret", DAEMON_SECRET),
            post_v2(CONTOSO, &v2()).content_type(&format!("text/{bearer}")),
            post_v2("nobody.invalid", &v2()),
        ] {
            connection.exchange(&request.bytes()).expect("an answer");
        }
        drop(connection);
        let ended = stop(server);
        assert!(ended.stderr.contains("serving"), "the log is on");
        search(&canaries, "the log", ended.stderr.as_bytes());
        let database = fs::read(site.place.path("site.db")).expect("the database");
        search(&canaries, "the database", &database);
    }
}
