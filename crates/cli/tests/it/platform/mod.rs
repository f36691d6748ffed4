//! The Graph resource that every tenant has, who may use it first, and that nothing else can pass
//! for it.

mod administrator;
mod cloud;
mod names;
mod start;

use countersign_domain::clock::{Clock, Timestamp};
use countersign_domain::directory::{
    AppRole, AppRoleAssignment, Application, AssertionPolicy, AuditRecord, Manifest, MemberType,
    ServicePrincipal, ServicePrincipalDetails, SignInAudience, SigningAlgorithm, Tenant, Write,
};
use countersign_domain::ids::{
    AppId, AppRoleId, ApplicationId, AssignmentId, CorrelationId, ServicePrincipalId, TenantId,
};
use countersign_server::{SystemClock, SystemRandom};
use countersign_store::Db;
use countersign_testkit::form::Form;
use countersign_testkit::http1::{Connection, Response};
use serde_json::Value;

use crate::request::{post_v1, post_v2};

/// Microsoft Graph's client id.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// A `GET` with a bearer token, if there is one.
fn get(connection: &mut Connection, path: &str, token: Option<&str>) -> Response {
    let bearer = token.map_or_else(String::new, |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{bearer}\r\n");
    connection.exchange(request.as_bytes()).expect("an answer")
}

/// The answer to a token request on v2.0.
fn ask_v2(connection: &mut Connection, client: &Value, scope: &str) -> Response {
    let request = post_v2(text(&client["tenantId"]), &form(client).and("scope", scope));
    connection.exchange(&request.bytes()).expect("an answer")
}

/// The answer to a token request on v1.0.
fn ask_v1(connection: &mut Connection, client: &Value, resource: &str) -> Response {
    let form = form(client).and("resource", resource);
    let request = post_v1(text(&client["tenantId"]), &form);
    connection.exchange(&request.bytes()).expect("an answer")
}

/// The token in an answer.
fn token(response: &Response) -> String {
    assert_eq!(response.status, 200, "{}", response.text());
    text(&response.json()["access_token"]).to_owned()
}

/// The claims of a token of our own, whose signature others check.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("three parts");
    let bytes = countersign_token::base64url::decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn form(client: &Value) -> Form {
    Form::new(&[
        ("grant_type", "client_credentials"),
        ("client_id", text(&client["appId"])),
        ("client_secret", text(&client["clientSecret"])),
    ])
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Changes a database behind everybody's back, as an older version could have.
fn commit(url: &str, writes: &[Write]) {
    block_on(async {
        let db = Db::open(url).await.expect("the database");
        let id = CorrelationId::random(&SystemRandom);
        let record = AuditRecord::of_command(now(), "Test", id, Vec::new());
        db.commit(writes, &record).await.expect("room for it");
        db.close().await;
    });
}

/// The number of the last change of a directory.
fn latest_change(url: &str) -> i64 {
    block_on(async {
        let db = Db::open(url).await.expect("the database");
        let number = db.latest_change().await.expect("a number");
        db.close().await;
        number
    })
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn tenant(id: TenantId, name: &str) -> Tenant {
    Tenant {
        id,
        display_name: name.to_owned(),
        domains: Vec::new(),
        is_default: false,
        assertion_policy: AssertionPolicy::default(),
        created_at: now(),
    }
}

/// An application with one role and one name.
fn resource(tenant_id: TenantId, app_id: AppId, uris: &[String], role: &str) -> Application {
    Application {
        id: ApplicationId::random(&SystemRandom),
        tenant_id,
        app_id,
        display_name: "Impostor".to_owned(),
        sign_in_audience: SignInAudience::default(),
        identifier_uris: uris.to_vec(),
        app_roles: vec![AppRole {
            id: AppRoleId::random(&SystemRandom),
            value: Some(role.to_owned()),
            display_name: Some(role.to_owned()),
            description: None,
            allowed_member_types: vec![MemberType::Application],
            is_enabled: true,
        }],
        requested_access_token_version: None,
        is_fallback_public_client: false,
        is_disabled: false,
        access_token_lifetime: None,
        access_token_signing_algorithm: SigningAlgorithm::default(),
        assertion_policy: AssertionPolicy::default(),
        manifest: Manifest::default(),
        created_at: now(),
        deleted_at: None,
    }
}

fn principal(tenant_id: TenantId, app_id: AppId) -> ServicePrincipal {
    ServicePrincipal {
        id: ServicePrincipalId::random(&SystemRandom),
        tenant_id,
        app_id,
        account_enabled: true,
        app_role_assignment_required: false,
        details: ServicePrincipalDetails::default(),
        created_at: now(),
    }
}

fn grant(
    tenant_id: TenantId,
    principal_id: ServicePrincipalId,
    resource_id: ServicePrincipalId,
    app_role_id: AppRoleId,
) -> Write {
    Write::AddAssignment(AppRoleAssignment {
        id: AssignmentId::random(&SystemRandom),
        tenant_id,
        principal_id,
        resource_id,
        app_role_id,
        created_at: now(),
    })
}
