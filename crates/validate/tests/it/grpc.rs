//! A real tonic service behind the layer, called by a real tonic client. Without code generation:
//! one unary method whose messages are text.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BufMut};
use countersign_token::Algorithm;
use countersign_validate::{Caller, Policy, Rejection, ValidateLayer};
use http::uri::PathAndQuery;
use serde_json::json;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{NamedService, UnaryService};
use tonic::{Code, Request, Response, Status};
use tower::{Layer, Service};

use crate::issuer::{Answer, CLIENT, NOW, World};

/// Answers with the application that calls.
#[derive(Clone)]
struct Greeter;

impl NamedService for Greeter {
    const NAME: &'static str = "orders.Greeter";
}

struct Greet;

impl UnaryService<String> for Greet {
    type Response = String;
    type Future = Ready<Result<Response<String>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let caller: Option<&Caller> = request.extensions().get();
        let caller = caller.expect("the layer is in front of it");
        let greeting = format!("{} {}", request.get_ref(), caller.application_id);
        ready(Ok(Response::new(greeting)))
    }
}

impl Service<http::Request<Body>> for Greeter {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move { Ok(tonic::server::Grpc::new(Text).unary(Greet, request).await) })
    }
}

#[derive(Clone, Copy)]
struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, item: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(item.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining()).to_vec();
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| Status::internal("not text"))
    }
}

impl World {
    /// A token without end, since the layer goes by the system clock.
    fn bearer(&self) -> String {
        let mut claims = self.issuer.claims_v2();
        claims["exp"] = json!(NOW * 2);
        claims["nbf"] = json!(0);
        claims["iat"] = json!(0);
        format!("Bearer {}", self.key.token(&claims))
    }

    async fn call(&self, layer: ValidateLayer, bearer: Option<&str>) -> Result<String, Status> {
        let mut client = tonic::client::Grpc::new(layer.layer(Greeter));
        client.ready().await.expect("always ready");
        let mut request = Request::new("hello".to_owned());
        if let Some(bearer) = bearer {
            let value = bearer.parse().expect("visible ASCII");
            request.metadata_mut().insert("authorization", value);
        }
        let path = PathAndQuery::from_static("/orders.Greeter/Greet");
        let response = client.unary(request, path, Text).await?;
        Ok(response.into_inner())
    }
}

#[tokio::test]
async fn a_tonic_service_knows_its_caller_and_refuses_others_in_grpcs_way() {
    let world = World::new(Algorithm::EdDsa).await;
    let layer = |policy| ValidateLayer::new(world.issuer.validator(), policy).grpc();
    let anyone = || layer(Policy::allow_without_roles());
    let bearer = world.bearer();
    let greeting = world.call(anyone(), Some(&bearer)).await.expect("served");
    assert_eq!(greeting, format!("hello {CLIENT}"));

    let code = async |layer, bearer: Option<&str>| {
        let status = world.call(layer, bearer).await.expect_err("refused");
        (status.code(), status.message().to_owned())
    };
    let unauthenticated = (
        Code::Unauthenticated,
        "a valid bearer token is needed".to_owned(),
    );
    assert_eq!(code(anyone(), None).await, unauthenticated);
    assert_eq!(code(anyone(), Some("Bearer x")).await, unauthenticated);
    let denied = code(layer(Policy::roles_all(["Other"])), Some(&bearer)).await;
    let expected = (
        Code::PermissionDenied,
        "the caller lacks permission".to_owned(),
    );
    assert_eq!(denied, expected);

    world.issuer.set_all(&Answer::Status(500));
    let fresh = layer(Policy::allow_without_roles());
    let unavailable = code(fresh, Some(&bearer)).await;
    assert_eq!(unavailable.0, Code::Unavailable);
}

#[tokio::test]
async fn plain_http_refusals_are_understood_by_tonics_clients_too() {
    let world = World::new(Algorithm::EdDsa).await;
    let policy = Policy::allow_without_roles();
    let layer = ValidateLayer::new(world.issuer.validator(), policy);
    let status = world.call(layer, None).await.expect_err("refused");
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_grpc_refusal_keeps_the_challenge_as_metadata() {
    let world = World::new(Algorithm::EdDsa).await;
    let layer = ValidateLayer::new(world.issuer.validator(), Policy::allow_without_roles()).grpc();
    let request = http::Request::new(Body::empty());
    let response = layer
        .layer(Greeter)
        .call(request)
        .await
        .expect("infallible");
    assert_eq!(response.status(), http::StatusCode::OK);
    let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("grpc-status"), "16");
    assert_eq!(header("content-type"), "application/grpc");
    let challenge = Rejection::NoToken.challenge().expect("a challenge");
    assert_eq!(
        header("www-authenticate"),
        challenge.to_str().expect("text")
    );
}
