//! The client of the Graph API: a token, and requests whose errors are sentences.

use anyhow::{Context, bail};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::args::Connect;
use super::connection::{Connection, Proof};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Longest wait for an answer.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

/// A server's API, with a token for it.
pub(crate) struct Graph {
    http: reqwest::Client,
    base_url: String,
    token: Zeroizing<String>,
}

impl Graph {
    /// Gets a token.
    pub(crate) async fn connect(connect: &Connect) -> anyhow::Result<Self> {
        let connection = Connection::of(connect)?;
        let http = http(connection.roots.as_deref())?;
        let token = token(&http, &connection).await?;
        Ok(Self {
            http,
            base_url: connection.base_url,
            token,
        })
    }

    /// Reads an object; `path` is below `/v1.0/`.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, &self.url(path), None, &[]).await
    }

    /// Reads a whole collection, page by page.
    pub(crate) async fn list(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> anyhow::Result<Vec<Value>> {
        let first = reqwest::Url::parse_with_params(&self.url(path), query)?;
        let mut next = Some(String::from(first));
        let mut rows = Vec::new();
        while let Some(url) = next {
            let mut page = self.send(Method::GET, &url, None, &[EVENTUAL]).await?;
            if let Value::Array(more) = page["value"].take() {
                rows.extend(more);
            }
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
            if let Some(url) = &next {
                self.refuse_elsewhere(url)?;
            }
        }
        Ok(rows)
    }

    /// Makes an object, or carries out an action.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, &self.url(path), Some(body), &[])
            .await
    }

    /// Changes an object; what `body` does not name stays.
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        self.send(Method::PATCH, &self.url(path), Some(body), &[])
            .await
            .map(drop)
    }

    /// Changes a collection of an object, which is always sent whole: `make` gets the object with
    /// this member and answers the new collection. Where somebody else was faster, once more from
    /// what there is then, so that nothing of theirs is lost.
    pub(crate) async fn change(
        &self,
        path: &str,
        member: &str,
        make: impl Fn(Vec<Value>) -> anyhow::Result<Vec<Value>>,
    ) -> anyhow::Result<()> {
        for _ in 0..ATTEMPTS {
            let mut object = self.get(&format!("{path}?$select=id,{member}")).await?;
            let Value::Array(items) = object[member].take() else {
                bail!("the server's answer has no {member}");
            };
            let etag = object["@odata.etag"].as_str().unwrap_or("*");
            let body = json!({ member: make(items)? });
            let url = self.url(path);
            let changed = self
                .send(Method::PATCH, &url, Some(&body), &[("if-match", etag)])
                .await;
            match changed {
                Err(error) if is_changed_meanwhile(&error) => {}
                other => return other.map(drop),
            }
        }
        bail!("others change this object all the time; nothing was changed, try again")
    }

    /// Deletes an object.
    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.send(Method::DELETE, &self.url(path), None, &[])
            .await
            .map(drop)
    }

    /// What deleting an object would do, and who used it last.
    pub(crate) async fn dry_run(&self, path: &str) -> anyhow::Result<Value> {
        let prefer = [("prefer", "dry-run")];
        self.send(Method::DELETE, &self.url(path), None, &prefer)
            .await
    }

    /// The reference by which a body names an object.
    pub(crate) fn reference(&self, id: &str) -> String {
        self.url(&format!("directoryObjects/{id}"))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/v1.0/{path}", self.base_url)
    }

    /// The token goes to the server it is for and nowhere else.
    fn refuse_elsewhere(&self, url: &str) -> anyhow::Result<()> {
        if url.starts_with(&format!("{}/", self.base_url)) {
            return Ok(());
        }
        bail!("the server's next page is at another address: {url}")
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Value> {
        let mut request = self
            .http
            .request(method, url)
            .bearer_auth(self.token.as_str());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.with_context(|| unreachable(url))?;
        let status = response.status();
        let text = response.text().await.with_context(|| unreachable(url))?;
        if status.is_success() {
            return match text.is_empty() {
                true => Ok(Value::Null),
                false => serde_json::from_str(&text).context("the server's answer is no JSON"),
            };
        }
        Err(Refused::read(status, &text).into())
    }
}

/// How often a change is tried that others are faster with.
const ATTEMPTS: usize = 20;

fn is_changed_meanwhile(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<Refused>()
        .is_some_and(|refused| refused.status == StatusCode::PRECONDITION_FAILED)
}

const EVENTUAL: (&str, &str) = ("consistencylevel", "eventual");

fn http(roots: Option<&[u8]>) -> anyhow::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT);
    if let Some(pem) = roots {
        let roots = reqwest::Certificate::from_pem_bundle(pem)
            .context("the certificates to trust are no PEM")?;
        builder = builder.tls_certs_only(roots);
    }
    builder.build().context("cannot set up the HTTP client")
}

async fn token(
    http: &reqwest::Client,
    connection: &Connection,
) -> anyhow::Result<Zeroizing<String>> {
    let base_url = &connection.base_url;
    let url = format!("{base_url}/{}/oauth2/v2.0/token", connection.tenant);
    let scope = format!("{base_url}/.default");
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", connection.client_id.as_str()),
        ("scope", scope.as_str()),
    ];
    match &connection.proof {
        Proof::Secret(secret) => form.push(("client_secret", secret)),
        Proof::Assertion(token) => {
            form.push(("client_assertion_type", ASSERTION_TYPE));
            form.push(("client_assertion", token));
        }
    }
    let response = http.post(&url).form(&form).send().await;
    let response = response.with_context(|| unreachable(base_url))?;
    let mut answer: Value = response
        .json()
        .await
        .with_context(|| format!("{base_url} is no Countersign server"))?;
    match answer["access_token"].take() {
        Value::String(token) => Ok(Zeroizing::new(token)),
        _ => {
            let reason = answer["error_description"].as_str().unwrap_or_default();
            bail!("{base_url} gives no token: {reason}")
        }
    }
}

fn unreachable(url: &str) -> String {
    format!(
        "cannot reach {url}: is the server running, and is its certificate trusted (--ca-file)?"
    )
}

/// A refusal as a sentence, with the id by which the server's administrator finds it.
#[derive(Debug, thiserror::Error)]
#[error("{message} ({status}, {code}, request id {request_id}){hint}")]
struct Refused {
    status: StatusCode,
    code: String,
    message: String,
    request_id: String,
    hint: &'static str,
}

impl Refused {
    fn read(status: StatusCode, text: &str) -> Self {
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let error = &body["error"];
        let member =
            |value: &Value, otherwise: &str| value.as_str().unwrap_or(otherwise).to_owned();
        Self {
            status,
            code: member(&error["code"], "no code"),
            message: member(&error["message"], "The server says no reason."),
            request_id: member(&error["innerError"]["request-id"], "none"),
            hint: match status {
                StatusCode::FORBIDDEN => {
                    "; docs/reference/permissions.md says what each operation asks for"
                }
                _ => "",
            },
        }
    }
}
