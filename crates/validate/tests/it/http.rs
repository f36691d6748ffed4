//! What peers see through the tower layer and the axum extractor: RES-13 and RES-15.

use axum::body::Body;
use axum::http::Response as Plain;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::{Router, routing::get};
use countersign_token::Algorithm;
use countersign_validate::{
    Caller, Challenge, Claims, ClaimsRequest, Policy, RawClaims, Rejection, ValidateLayer,
    Validator,
};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};

use crate::issuer::{CLIENT, Issuer, OTHER_TENANT, TENANT, TestKey};

struct Api {
    issuer: Issuer,
    key: TestKey,
    router: Router,
}

impl Api {
    async fn new() -> Self {
        let key = TestKey::new(Algorithm::EdDsa);
        let issuer = Issuer::start(&[&key]).await;
        let validator = issuer.validator();
        let guarded = |path: &str, policy: Policy| {
            Router::new()
                .route(path, get(application).post(application))
                .layer(ValidateLayer::new(validator.clone(), policy))
        };
        let listed = Policy::allow_applications([(TENANT, CLIENT)]);
        let listed_elsewhere = Policy::allow_applications([(OTHER_TENANT, CLIENT)]);
        let router = Router::new()
            .merge(guarded(
                "/any",
                Policy::roles_any(["Orders.Read.All", "Orders.Write.All"]),
            ))
            .merge(guarded(
                "/all",
                Policy::roles_all(["Orders.Read.All", "Orders.Write.All"]),
            ))
            .merge(guarded("/listed", listed))
            .merge(guarded("/listed-elsewhere", listed_elsewhere))
            .merge(guarded("/anyone", Policy::allow_without_roles()))
            .merge(documented(&validator))
            .route("/unguarded", get(application));
        Self {
            issuer,
            key,
            router,
        }
    }

    /// A token that is good now, with these roles, or without the claim if `Null`.
    fn token(&self, roles: Value) -> String {
        self.token_living(roles, 3600)
    }

    fn token_living(&self, roles: Value, seconds: i64) -> String {
        let mut claims = self.issuer.claims_v2();
        let now = now();
        claims["iat"] = json!(now - 300);
        claims["nbf"] = json!(now - 4000);
        claims["exp"] = json!(now + seconds);
        match roles {
            Value::Null => claims.as_object_mut().expect("an object").remove("roles"),
            roles => claims
                .as_object_mut()
                .expect("an object")
                .insert("roles".into(), roles),
        };
        self.key.token(&claims)
    }

    async fn get(&self, path: &str, authorization: &[&str]) -> Response {
        let mut request = Request::builder().uri(path);
        for value in authorization {
            request = request.header("authorization", *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        self.router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible")
    }

    #[track_caller]
    fn check(
        &self,
        path: &'static str,
        authorization: &[&str],
        expected: (StatusCode, Option<&'static str>),
    ) -> impl Future<Output = ()> {
        let location = std::panic::Location::caller();
        async move {
            let response = self.get(path, authorization).await;
            let challenge = response.headers().get("www-authenticate");
            let challenge = challenge.map(|value| value.to_str().expect("text"));
            assert_eq!(
                (response.status(), challenge),
                expected,
                "{path} at {location}"
            );
            if response.status() != StatusCode::OK {
                assert_eq!(
                    body(response).await,
                    "",
                    "the cause is not the peer's business"
                );
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the layer goes by the system clock"
)]
fn now() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_epoch.expect("after 1970").as_secs().cast_signed()
}

/// An API that tells its clients all it can.
fn documented(validator: &Validator) -> Router {
    let metadata = validator
        .resource_metadata("https://api.example.com/orders")
        .expect("an https URL")
        .name("Orders")
        .scope("api://orders/.default");
    let challenge = Challenge::default()
        .realm("orders")
        .authorization_uri("https://login.example.com/t/oauth2/v2.0/authorize")
        .resource_metadata(metadata.url())
        .scope("api://orders/.default");
    let anyone = || ValidateLayer::new(validator.clone(), Policy::allow_without_roles());
    Router::new()
        .route("/documented", get(application))
        .route("/newer", get(newer))
        .route("/azp", get(azp))
        .route("/region", get(region))
        .layer(anyone().challenge(challenge))
        .merge(
            Router::new()
                .route("/optional", get(perhaps))
                .layer(anyone().allow_anonymous()),
        )
        .route("/optional-unguarded", get(perhaps))
        .route("/azp-unguarded", get(azp))
        .route_service(metadata.path(), metadata.service())
}

/// Wants a token that is newer than any.
async fn newer(_: Caller) -> Result<(), Rejection> {
    let request = ClaimsRequest::issued_from(1_900_000_000);
    Err(Rejection::InsufficientClaims(request))
}

#[derive(serde::Deserialize)]
struct Azp {
    azp: String,
    rh: Option<String>,
}

async fn azp(Claims(claims): Claims<Azp>) -> String {
    format!("{} {:?}", claims.azp, claims.rh)
}

#[derive(serde::Deserialize)]
struct Region {
    region: String,
}

async fn region(Claims(claims): Claims<Region>) -> String {
    claims.region
}

async fn perhaps(caller: Option<Caller>) -> String {
    caller.map_or_else(|| "nobody".to_owned(), |caller| caller.application_id)
}

async fn application(caller: Caller) -> String {
    caller.application_id
}

async fn body(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1024)
        .await
        .expect("a short body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

const OK: (StatusCode, Option<&str>) = (StatusCode::OK, None);
const NO_TOKEN: (StatusCode, Option<&str>) = (StatusCode::UNAUTHORIZED, Some("Bearer"));
const INVALID: (StatusCode, Option<&str>) = (
    StatusCode::UNAUTHORIZED,
    Some(r#"Bearer error="invalid_token""#),
);
const INSUFFICIENT: (StatusCode, Option<&str>) = (
    StatusCode::FORBIDDEN,
    Some(r#"Bearer error="insufficient_scope""#),
);

#[tokio::test]
async fn res_15_the_answers_of_rfc_6750() {
    let api = Api::new().await;
    let good = format!("Bearer {}", api.token(json!(["Orders.Read.All"])));
    let expired = format!(
        "Bearer {}",
        api.token_living(json!(["Orders.Read.All"]), -301)
    );
    let lacking = format!("Bearer {}", api.token(json!(["Orders.Delete.All"])));
    api.check("/any", &[&good], OK).await;
    api.check("/any", &[], NO_TOKEN).await;
    api.check("/any", &["Basic YTpi"], NO_TOKEN).await;
    api.check("/any", &["Bearer"], INVALID).await;
    api.check("/any", &["Bearer x"], INVALID).await;
    api.check("/any", &[&expired], INVALID).await;
    api.check("/any", &[&format!("{good}x")], INVALID).await;
    api.check("/any", &[&good, &good], INVALID).await;
    api.check("/any", &["Basic YTpi", &good], INVALID).await;
    api.check("/any", &[&lacking], INSUFFICIENT).await;
}

#[tokio::test]
async fn res_13_a_token_without_the_right_roles_opens_nothing() {
    let api = Api::new().await;
    let bearer = |roles: Value| format!("Bearer {}", api.token(roles));
    let none = bearer(Value::Null);
    api.check("/any", &[&none], INSUFFICIENT).await;
    api.check("/any", &[&bearer(json!([]))], INSUFFICIENT).await;
    api.check("/any", &[&bearer(json!(["orders.read.all"]))], INSUFFICIENT)
        .await;
    // Refused either way; a claim of the wrong type makes the whole token a bad one.
    api.check("/any", &[&bearer(json!("Orders.Read.All"))], INVALID)
        .await;
    api.check("/all", &[&bearer(json!(["Orders.Read.All"]))], INSUFFICIENT)
        .await;
    api.check(
        "/all",
        &[&bearer(json!(["Orders.Read.All", "Orders.Write.All"]))],
        OK,
    )
    .await;
    api.check("/anyone", &[&none], OK).await;
    api.check("/listed", &[&none], OK).await;
    api.check("/listed-elsewhere", &[&none], INSUFFICIENT).await;
}

#[tokio::test]
async fn tokens_in_the_query_or_the_body_are_not_looked_at() {
    let api = Api::new().await;
    let token = api.token(json!(["Orders.Read.All"]));
    let in_query = api.get(&format!("/any?access_token={token}"), &[]).await;
    assert_eq!(in_query.status(), StatusCode::UNAUTHORIZED);
    let in_body = Request::post("/any")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("access_token={token}")))
        .expect("a request");
    let response = api
        .router
        .clone()
        .oneshot(in_body)
        .await
        .expect("infallible");
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_caller_reaches_the_handler_and_an_unguarded_handler_does_not_run() {
    let api = Api::new().await;
    let good = format!("Bearer {}", api.token(json!(["Orders.Read.All"])));
    assert_eq!(body(api.get("/any", &[&good]).await).await, CLIENT);
    let response = api.get("/unguarded", &[&good]).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

const SHARED: &str = concat!(
    r#"Bearer realm="orders", "#,
    r#"authorization_uri="https://login.example.com/t/oauth2/v2.0/authorize", "#,
    r#"resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/orders", "#,
);

async fn challenge_of(api: &Api, path: &str, authorization: &[&str]) -> (StatusCode, String) {
    let response = api.get(path, authorization).await;
    let challenge = response.headers()["www-authenticate"]
        .to_str()
        .expect("text");
    (response.status(), challenge.to_owned())
}

#[tokio::test]
async fn res_15_a_configured_challenge_is_complete() {
    let api = Api::new().await;
    let scope = r#"scope="api://orders/.default""#;
    let (status, challenge) = challenge_of(&api, "/documented", &[]).await;
    assert_eq!(
        (status, challenge),
        (StatusCode::UNAUTHORIZED, format!("{SHARED}{scope}"))
    );
    let (status, challenge) = challenge_of(&api, "/documented", &["Bearer x"]).await;
    let expected = format!(r#"{SHARED}error="invalid_token", {scope}"#);
    assert_eq!((status, challenge), (StatusCode::UNAUTHORIZED, expected));
}

#[tokio::test]
async fn a_handler_that_asks_for_claims_answers_with_the_layers_challenge() {
    let api = Api::new().await;
    let good = format!("Bearer {}", api.token(Value::Null));
    let (status, challenge) = challenge_of(&api, "/newer", &[&good]).await;
    let claims = concat!(
        "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxOTAwMDAwMDAwIn19",
        "fQ=="
    );
    let expected = format!(
        r#"{SHARED}error="insufficient_claims", scope="api://orders/.default", claims="{claims}""#
    );
    assert_eq!((status, challenge), (StatusCode::UNAUTHORIZED, expected));
}

#[tokio::test]
async fn typed_claims_reach_the_handler_or_the_caller_is_refused() {
    let api = Api::new().await;
    let good = format!("Bearer {}", api.token(Value::Null));
    let text = body(api.get("/azp", &[&good]).await).await;
    assert_eq!(text, format!("{CLIENT} Some(\"x\")"));
    let (status, challenge) = challenge_of(&api, "/region", &[&good]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(challenge.contains("insufficient_scope"), "{challenge}");
    let unguarded = api.get("/azp-unguarded", &[&good]).await;
    assert_eq!(unguarded.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn where_a_caller_is_optional_a_bad_token_is_not() {
    let api = Api::new().await;
    let good = format!("Bearer {}", api.token(Value::Null));
    assert_eq!(body(api.get("/optional", &[]).await).await, "nobody");
    assert_eq!(body(api.get("/optional", &[&good]).await).await, CLIENT);
    api.check("/optional", &["Bearer x"], INVALID).await;
    api.check("/optional", &[&good, &good], INVALID).await;
    let unguarded = api.get("/optional-unguarded", &[]).await;
    assert_eq!(unguarded.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn the_metadata_of_the_resource_is_open_to_everybody() {
    let api = Api::new().await;
    let path = "/.well-known/oauth-protected-resource/orders";
    let response = api.get(path, &[]).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let text = body(response).await;
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let expected = json!({
        "resource": "https://api.example.com/orders",
        "authorization_servers": [api.issuer.issuer_v2()],
        "scopes_supported": ["api://orders/.default"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Orders",
    });
    assert_eq!(document, expected);
    let post = Request::post(path).body(Body::empty()).expect("a request");
    let response = api.router.clone().oneshot(post).await.expect("infallible");
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "GET, HEAD");
}

#[tokio::test]
async fn a_plain_tower_service_is_guarded_too() {
    let api = Api::new().await;
    let policy = Policy::roles_any(["Orders.Read.All"]);
    let layer = ValidateLayer::new(api.issuer.validator(), policy);
    let service = tower::service_fn(async |request: Request<()>| {
        let caller: &Caller = request.extensions().get().expect("the layer puts it there");
        let claims: &RawClaims = request.extensions().get().expect("and these");
        let azp = claims.parse::<Azp>().expect("a v2.0 token").azp;
        assert_eq!(azp, caller.application_id);
        Ok::<_, std::convert::Infallible>(Plain::new(azp))
    });
    let guarded = layer.layer(service);
    let good = format!("Bearer {}", api.token(json!(["Orders.Read.All"])));
    for (authorization, status, text) in [
        (good.as_str(), StatusCode::OK, CLIENT),
        ("Bearer x", StatusCode::UNAUTHORIZED, ""),
    ] {
        let request = Request::builder().header("authorization", authorization);
        let request = request.body(()).expect("a request");
        let response = guarded.clone().oneshot(request).await.expect("infallible");
        assert_eq!(
            (response.status(), response.body().as_str()),
            (status, text)
        );
    }
}

#[tokio::test]
async fn without_keys_the_answer_is_503_and_when_to_come_back() {
    let api = Api::new().await;
    api.issuer.set_all(&crate::issuer::Answer::Status(500));
    let good = format!("Bearer {}", api.token(json!(["Orders.Read.All"])));
    let response = api.get("/any", &[&good]).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "5");
}
