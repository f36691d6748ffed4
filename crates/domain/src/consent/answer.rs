//! Where the browser goes afterwards: the registered URI, with the answer in its query.
//!
//! Nothing in the answer is proof: anyone can make such a URL. Applications must not take its
//! `tenant` for the tenant of whoever opens it.

use serde::Deserialize;

use super::redirect_uri::RedirectUri;
use super::request::{ConsentEndpoint, ConsentRequest, RequestedPermissions};
use crate::clock::Timestamp;
use crate::ids::{CorrelationId, TenantId, TraceId};
use crate::oauth::error::{self, OauthCode, OauthError};

/// What v1.0 applications expect when the administrator presses *Cancel*.
const DECLINED: &str = "The admin canceled the request";

/// How answers look. The original's documentation and the original differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AnswerForm {
    /// As documented.
    #[default]
    Documented,
    /// As recorded: refusals have an `error_uri`, and every answer ends in an empty fragment, which
    /// keeps browsers from handing on the fragment of an earlier address.
    Captured,
}

/// What an answer needs beside its outcome.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// The request that is answered.
    pub request: &'a ConsentRequest,
    /// Where the answer goes.
    pub redirect_uri: &'a RedirectUri,
    /// How it looks.
    pub form: AnswerForm,
}

/// What finds a refusal in the log.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    /// This service's name for the request.
    pub trace_id: TraceId,
    /// The client's own name for it.
    pub correlation_id: CorrelationId,
    /// When.
    pub at: Timestamp,
    /// The server's address, below which `/error` explains numbers.
    pub base_url: &'a str,
}

impl Reply<'_> {
    /// The administrator accepted.
    pub fn accepted(&self, tenant_id: TenantId) -> String {
        let tenant_id = tenant_id.to_string();
        let tenant = ("tenant", tenant_id.as_str());
        let admin_consent = ("admin_consent", "True");
        match self.request.endpoint {
            ConsentEndpoint::V1 => {
                let pairs = [Some(tenant), self.state(), Some(admin_consent)];
                self.url(pairs.into_iter().flatten())
            }
            ConsentEndpoint::V2 => {
                let scope = scope(&self.request.permissions);
                let scope = ("scope", scope.as_str());
                let pairs = [admin_consent, tenant, scope].map(Some);
                self.url(pairs.into_iter().chain([self.state()]).flatten())
            }
        }
    }

    /// The administrator pressed *Cancel*. A `state` comes back in every form (RFC 6749 section
    /// 4.1.2.1), although v1.0's documentation shows none.
    pub fn declined(&self, trace: &Trace<'_>) -> String {
        let declined = error::CONSENT_DECLINED.plain();
        match (self.form, self.request.endpoint) {
            (AnswerForm::Captured, _) => self.refused(&declined, trace),
            (AnswerForm::Documented, ConsentEndpoint::V1) => {
                let error = ("error", "permission_denied");
                let pairs = [error, ("error_description", DECLINED)].map(Some);
                self.url(pairs.into_iter().chain([self.state()]).flatten())
            }
            (AnswerForm::Documented, ConsentEndpoint::V2) => {
                let description = description(&declined, trace);
                let pairs = [
                    ("admin_consent", "True"),
                    ("error", OauthCode::ConsentRequired.as_str()),
                    ("error_description", &description),
                ];
                let pairs = pairs.map(Some).into_iter();
                self.url(pairs.chain([self.state()]).flatten())
            }
        }
    }

    /// The account that signed in is of another directory than the URL names: the one refusal
    /// beside *Cancel* that the original tells the application. All others are pages.
    pub fn wrong_directory(&self, tenant_name: &str, trace: &Trace<'_>) -> String {
        let app_id = self.request.client_id.to_string();
        let blanks = [("tenant", tenant_name), ("app_id", &app_id)];
        let refusal = error::ACCOUNT_OF_OTHER_DIRECTORY.with(&blanks);
        self.refused(&refusal, trace)
    }

    fn refused(&self, refusal: &OauthError, trace: &Trace<'_>) -> String {
        let description = description(refusal, trace);
        let error_uri = format!("{}/error?code={}", trace.base_url, refusal.kind.number);
        let mut pairs = vec![
            ("error", refusal.code.as_str()),
            ("error_description", description.as_str()),
        ];
        if self.form == AnswerForm::Captured {
            pairs.extend([("error_uri", error_uri.as_str()), ("admin_consent", "True")]);
        }
        pairs.extend(self.state());
        self.url(pairs)
    }

    fn state(&self) -> Option<(&str, &str)> {
        Some(("state", self.request.state.as_deref()?))
    }

    fn url<'p>(&self, pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
        let mut url = with_path(self.redirect_uri.as_str());
        let mut separator = match url.rfind('?') {
            None => "?",
            Some(last) if last + 1 == url.len() => "",
            Some(_) => "&",
        };
        for (name, value) in pairs {
            url.push_str(separator);
            url.push_str(name);
            url.push('=');
            push_encoded(&mut url, value);
            separator = "&";
        }
        if self.form == AnswerForm::Captured {
            url.push('#');
        }
        url
    }
}

/// What was granted, as it was asked for: an offer is accepted whole.
fn scope(permissions: &RequestedPermissions) -> String {
    match permissions {
        RequestedPermissions::Registered { named } => {
            let named = named.as_deref();
            named.map_or_else(String::new, |named| format!("{named}/.default"))
        }
        RequestedPermissions::Named(named) => {
            let scopes: Vec<_> = named.iter().map(|named| named.scope.as_str()).collect();
            scopes.join(" ")
        }
    }
}

fn description(refusal: &OauthError, trace: &Trace<'_>) -> String {
    let (trace_id, correlation_id) = (trace.trace_id, trace.correlation_id);
    let timestamp = trace.at.to_error_format();
    format!(
        "{refusal}\r\nTrace ID: {trace_id}\r\nCorrelation ID: {correlation_id}\r\n\
         Timestamp: {timestamp}"
    )
}

/// A web address without a path has the path `/`. What a `Location` header cannot carry is encoded.
fn with_path(uri: &str) -> String {
    let mut url = String::with_capacity(uri.len() + 512);
    for character in uri.chars() {
        match character {
            '!'..='~' => url.push(character),
            other => push_encoded(&mut url, other.encode_utf8(&mut [0; 4])),
        }
    }
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if let Some(start) = url.find("://").filter(|_| is_web).map(|found| found + 3) {
        let end = url[start..].find(['/', '?']).map(|found| start + found);
        let end = end.unwrap_or(url.len());
        if !url[end..].starts_with('/') {
            url.insert(end, '/');
        }
    }
    url
}

/// Form encoding as the original writes it: lower-case digits, `+` for a space.
fn push_encoded(url: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                url.push(char::from(byte));
            }
            b' ' => url.push('+'),
            byte => {
                let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
                url.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::consent::fixtures::application;
    use crate::consent::redirect_uri::registered_redirect_uri;
    use crate::directory::PathMatching;
    use crate::oauth::form;

    const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    const TRACE: Trace<'static> = Trace {
        trace_id: TraceId::new(Uuid::from_u128(1)),
        correlation_id: CorrelationId::new(Uuid::from_u128(2)),
        at: Timestamp::from_unix_seconds(1_795_251_600),
        base_url: "https://id.example",
    };

    const TRACED: &str = "%0d%0aTrace+ID%3a+00000000-0000-0000-0000-000000000001\
        %0d%0aCorrelation+ID%3a+00000000-0000-0000-0000-000000000002\
        %0d%0aTimestamp%3a+2026-11-21+09%3a00%3a00Z";

    fn redirect_uri(uri: &str) -> RedirectUri {
        let mut client = application(1, "Daemon");
        client.manifest.public_client.redirect_uris = vec![uri.to_owned()];
        registered_redirect_uri(&client, None, PathMatching::Exact).expect("it is registered")
    }

    fn answer(
        uri: &str,
        scope: Option<&str>,
        state: Option<&str>,
        form: AnswerForm,
        read: impl FnOnce(Reply<'_>) -> String,
    ) -> String {
        let endpoint = scope.map_or(ConsentEndpoint::V1, |_| ConsentEndpoint::V2);
        let query = format!(
            "client_id={}&scope={}",
            Uuid::from_u128(1),
            scope.unwrap_or_default()
        );
        let mut request = ConsentRequest::parse(endpoint, &query).expect("a good request");
        request.state = state.map(str::to_owned);
        read(Reply {
            request: &request,
            redirect_uri: &redirect_uri(uri),
            form,
        })
    }

    fn accepted(reply: Reply<'_>) -> String {
        reply.accepted(TENANT.parse().expect("a GUID"))
    }

    fn declined(reply: Reply<'_>) -> String {
        reply.declined(&TRACE)
    }

    const BACK: &str = "http://localhost/myapp/permissions";

    #[test]
    fn success_is_as_documented() {
        use AnswerForm::{Captured, Documented};
        let state = Some("12345");
        assert_eq!(
            answer(BACK, None, state, Documented, accepted),
            format!("{BACK}?tenant={TENANT}&state=12345&admin_consent=True")
        );
        assert_eq!(
            answer(BACK, None, None, Documented, accepted),
            format!("{BACK}?tenant={TENANT}&admin_consent=True")
        );
        assert_eq!(
            answer(BACK, None, None, Captured, accepted),
            format!("{BACK}?tenant={TENANT}&admin_consent=True#")
        );
        let scope = Some("https://graph.microsoft.com/Calendars.Read+openid+openid");
        assert_eq!(
            answer(BACK, scope, state, Documented, accepted),
            format!(
                "{BACK}?admin_consent=True&tenant={TENANT}&scope=https%3a%2f%2fgraph.microsoft.com\
                 %2fCalendars.Read+openid&state=12345"
            )
        );
        assert_eq!(
            answer(
                BACK,
                Some("api://a/.default+openid"),
                None,
                Documented,
                accepted
            ),
            format!("{BACK}?admin_consent=True&tenant={TENANT}&scope=api%3a%2f%2fa%2f.default")
        );
    }

    #[test]
    fn cancel_is_as_documented_or_as_recorded() {
        use AnswerForm::{Captured, Documented};
        let documented = "error=permission_denied&error_description=The+admin+canceled+the+request";
        assert_eq!(
            answer(BACK, None, None, Documented, declined),
            format!("{BACK}?{documented}")
        );
        assert_eq!(
            answer(BACK, None, Some("12345"), Documented, declined),
            format!("{BACK}?{documented}&state=12345")
        );
        let sentence = format!(
            "error_description=AADSTS65004%3a+User+declined+to+consent+to+access+the+app.{TRACED}"
        );
        assert_eq!(
            answer(BACK, Some("openid"), Some("12345"), Documented, declined),
            format!("{BACK}?admin_consent=True&error=consent_required&{sentence}&state=12345")
        );
        for scope in [None, Some("openid")] {
            assert_eq!(
                answer(BACK, scope, Some("12345"), Captured, declined),
                format!(
                    "{BACK}?error=access_denied&{sentence}\
                     &error_uri=https%3a%2f%2fid.example%2ferror%3fcode%3d65004\
                     &admin_consent=True&state=12345#"
                )
            );
        }
    }

    #[test]
    fn an_account_of_another_directory_is_told() {
        let told = |reply: Reply<'_>| reply.wrong_directory("Contoso", &TRACE);
        let url = answer(BACK, None, Some("1"), AnswerForm::Documented, told);
        let start = format!("{BACK}?error=access_denied&error_description=AADSTS50020%3a+");
        assert!(url.starts_with(&start), "{url}");
        assert!(url.ends_with(&format!("{TRACED}&state=1")), "{url}");
        assert!(url.contains("tenant+%27Contoso%27"), "{url}");
    }

    #[test]
    fn the_registered_uri_stays_and_gets_a_path() {
        let check = |uri: &str, start: &str| {
            let url = answer(uri, None, None, AnswerForm::Documented, accepted);
            let expected = format!("{start}tenant={TENANT}&admin_consent=True");
            assert_eq!(url, expected);
        };
        check("https://contoso.com", "https://contoso.com/?");
        check("https://contoso.com/", "https://contoso.com/?");
        check("https://contoso.com/Back", "https://contoso.com/Back?");
        check("https://contoso.com/back/", "https://contoso.com/back/?");
        check("https://contoso.com/a?b=c", "https://contoso.com/a?b=c&");
        check("https://contoso.com?b=/c", "https://contoso.com/?b=/c&");
        check("https://contoso.com/a?", "https://contoso.com/a?");
        check("http://localhost:8080", "http://localhost:8080/?");
        check("myapp://auth", "myapp://auth?");
        check("https://contoso.com/ü%20", "https://contoso.com/%c3%bc%20?");
    }

    /// The values of an answer, read as an application reads them.
    fn pairs(query: &str) -> Vec<(String, String)> {
        let pairs = form::pairs(query.as_bytes());
        let pairs = pairs.map(|pair| pair.map(|(n, v)| (n.into_owned(), v.into_owned())));
        pairs.collect::<Result<_, _>>().expect("form encoding")
    }

    proptest! {
        /// CON-07, CON-08: whatever the state is, it is one value in one header.
        #[test]
        fn a_built_answer_reads_back(
            state in "(?s).{1,60}",
            path in "[a-zA-Z0-9/._~-]{0,20}(\\?[a-z]{1,3}=[a-z%0-9]{0,5})?",
            is_v2: bool,
            is_captured: bool,
            is_accepted: bool,
        ) {
            let uri = format!("https://good.example/{path}");
            let scope = is_v2.then_some("api://a/.default");
            let form = match is_captured {
                true => AnswerForm::Captured,
                false => AnswerForm::Documented,
            };
            let outcome = if is_accepted { accepted } else { declined };
            let url = answer(&uri, scope, Some(&state), form, outcome);
            prop_assert!(url.bytes().all(|byte| matches!(byte, 0x21..=0x7e)));
            let added = url.strip_prefix(&uri).expect("it begins with the registered URI");
            let added = added.strip_suffix('#').unwrap_or(added);
            prop_assert!(!added.contains('#'));
            let pairs = pairs(&added[1..]);
            let value = |name: &str| {
                let mut named = pairs.iter().filter(|(known, _)| known == name);
                let value = named.next().map(|(_, value)| value.as_str());
                assert!(named.next().is_none(), "{name} is there twice");
                value
            };
            prop_assert_eq!(value("state"), Some(state.as_str()));
            prop_assert_eq!(value("tenant"), is_accepted.then_some(TENANT));
            prop_assert_eq!(value("error").is_some(), !is_accepted);
        }
    }
}
