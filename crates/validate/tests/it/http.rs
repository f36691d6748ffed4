//! What peers see through the tower layer and the axum extractor: RES-13 and RES-15.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::{Router, routing::get};
use countersign_token::Algorithm;
use countersign_validate::{Caller, Policy, ValidateLayer};
use serde_json::{Value, json};
use tower::ServiceExt;

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

#[tokio::test]
async fn without_keys_the_answer_is_503_and_when_to_come_back() {
    let api = Api::new().await;
    api.issuer.set_all(&crate::issuer::Answer::Status(500));
    let good = format!("Bearer {}", api.token(json!(["Orders.Read.All"])));
    let response = api.get("/any", &[&good]).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "5");
}
