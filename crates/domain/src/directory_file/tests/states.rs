//! Generated directories. Ids, domains and sign-in names follow from positions, so that two
//! directories of the same size are two versions of one.

use std::sync::{Arc, LazyLock};

use countersign_token::check_authority;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::{NOW, fixtures};
use crate::clock::Timestamp;
use crate::directory::rules;
use crate::directory::{
    Api, AppRole, AppRoleAssignment, Application, AssertionPolicy, AssertionProfile,
    CertificateSubject, Domain, FederatedIdentityCredential, ImplicitGrantSettings, Info,
    KeyCredential, KeyTrust, Manifest, MemberType, OptionalClaim, OptionalClaims,
    PasswordCredential, PathMatching, PermissionScope, RedirectUris, RegisteredCertificate,
    RequiredResourceAccess, ResourceAccess, ResourceAccessType, ServicePrincipal, SignInAudience,
    SigningAlgorithm, SubjectMatcher, Tenant, TenantState, TokenLifetime, TokenVersion, User, Web,
};
use crate::directory_file::export::certificate_dates;
use crate::directory_file::read_key_set;
use crate::ids::{
    AppId, AppRoleId, ApplicationId, AssignmentId, FederatedCredentialId, KeyId,
    ServicePrincipalId, TenantId, UserId,
};
use crate::secret::{Pepper, Secret};

/// Values that a careless writer or reader of YAML turns into something else.
const ROLE_VALUES: [&str; 20] = [
    "Orders.Read",
    "123",
    "true",
    "null",
    "~",
    "1e3",
    "0x10",
    "-",
    "2026-01-01",
    "a:b",
    "!x",
    "&y",
    "*z",
    "#w",
    "@v",
    "`u`",
    "{t}",
    "[s]",
    "11111111-1111-1111-1111-111111111111",
    "%r",
];

const NAMES: [&str; 18] = [
    "Orders API",
    "yes",
    "No",
    "null",
    "~",
    "2024",
    "1_000",
    "0o7",
    "12:30:45",
    "- a",
    "a: b",
    "a #b",
    "'a'",
    "\"a\"",
    "? x",
    "a\\nb",
    "<<",
    "Größe 😀",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(&NAMES[..]).prop_map(String::from),
        "\\PC{1,20}".prop_filter("a valid name", |text| rules::name(text).is_ok()),
    ]
}

fn prose() -> impl Strategy<Value = Option<String>> {
    let text = prop_oneof![
        proptest::sample::select(
            &[
                "", " ", "\n", "a\n\nb\n", " a\n  b", "a \n", "a\r\nb", "\ta", "---\na", "# a"
            ][..]
        )
        .prop_map(String::from),
        "(\\PC|\n){0,90}".prop_filter("valid prose", |text| rules::prose(text).is_ok()),
    ];
    proptest::option::of(text)
}

/// What a generated application is like, apart from its ids.
#[derive(Debug, Clone)]
struct Seed {
    name: String,
    texts: [Option<String>; 2],
    word: Option<String>,
    numbers: [u8; 8],
    uris: usize,
    roles: Vec<(usize, u8)>,
    passwords: Vec<Option<String>>,
    certificates: Vec<usize>,
    federated: Vec<usize>,
    grants: Vec<(usize, usize)>,
}

fn seed() -> impl Strategy<Value = Seed> {
    let roles = proptest::sample::subsequence((0..ROLE_VALUES.len()).collect::<Vec<_>>(), 0..5)
        .prop_flat_map(|values| {
            let count = values.len();
            (Just(values), proptest::collection::vec(any::<u8>(), count))
        })
        .prop_map(|(values, flags)| values.into_iter().zip(flags).collect::<Vec<_>>());
    (
        name(),
        [prose(), prose()],
        proptest::option::of(name()),
        any::<[u8; 8]>(),
        0..3_usize,
        roles,
        proptest::collection::vec(proptest::option::of(name()), 0..3),
        (positions(CERTIFICATES.len()), positions(5)),
        proptest::collection::vec((0..6_usize, 0..6_usize), 0..4),
    )
        .prop_map(
            |(name, texts, word, numbers, uris, roles, passwords, proofs, grants)| Seed {
                name,
                texts,
                word,
                numbers,
                uris,
                roles,
                passwords,
                certificates: proofs.0,
                federated: proofs.1,
                grants,
            },
        )
}

/// Up to three of so many positions.
fn positions(count: usize) -> impl Strategy<Value = Vec<usize>> {
    proptest::sample::subsequence((0..count).collect::<Vec<_>>(), 0..=3)
}

/// A directory of this many tenants. `strange`: with grants of roles that could not be granted
/// any more.
pub(super) fn directory(tenants: usize, strange: bool) -> impl Strategy<Value = Vec<TenantState>> {
    let tenant = (name(), proptest::collection::vec(seed(), 0..5), 0..3_usize);
    (
        proptest::collection::vec(tenant, tenants),
        0..20_usize,
        0..4_usize,
    )
        .prop_map(move |(seeds, uri_offset, default)| {
            let mut builder = Builder { uri: uri_offset };
            let mut states: Vec<TenantState> = seeds
                .iter()
                .enumerate()
                .map(|(index, (name, seeds, users))| {
                    builder.tenant(index, name, seeds, *users, default == index)
                })
                .collect();
            add_foreign(&mut states);
            for (index, (_, seeds, _)) in seeds.iter().enumerate() {
                add_grants(&mut states, index, seeds, strange);
            }
            states
        })
}

fn guid(kind: u8, tenant: usize, position: usize, more: usize) -> Uuid {
    let number = |value: usize| u8::try_from(value).expect("a small number");
    let mut bytes = [kind; 16];
    bytes[13..].copy_from_slice(&[number(tenant), number(position), number(more)]);
    Uuid::from_bytes(bytes)
}

struct Builder {
    uri: usize,
}

impl Builder {
    fn tenant(
        &mut self,
        index: usize,
        name: &str,
        seeds: &[Seed],
        users: usize,
        is_default: bool,
    ) -> TenantState {
        let tenant_id = TenantId::new(guid(1, index, 0, 0));
        let applications: Vec<_> = seeds
            .iter()
            .enumerate()
            .map(|(position, seed)| self.application(index, position, seed))
            .collect();
        let principals = seeds.iter().zip(&applications).enumerate();
        TenantState {
            administrators: Vec::new(),
            tenant: Tenant {
                id: tenant_id,
                display_name: name.to_owned(),
                domains: vec![Domain::parse(&format!("t{index}.example")).expect("a domain")],
                is_default,
                assertion_policy: policy(users),
                created_at: NOW,
            },
            service_principals: principals
                .filter(|(_, (seed, _))| seed.numbers[0] % 4 != 0)
                .map(|(position, (seed, application))| ServicePrincipal {
                    id: ServicePrincipalId::new(guid(4, index, position, index)),
                    tenant_id,
                    app_id: application.app_id,
                    account_enabled: seed.numbers[0] % 3 != 0,
                    app_role_assignment_required: seed.numbers[0] % 5 == 0,
                    details: Default::default(),
                    created_at: NOW,
                })
                .collect(),
            keys: seeds
                .iter()
                .zip(&applications)
                .enumerate()
                .flat_map(|(position, (seed, application))| {
                    certificates(index, position, seed, application)
                })
                .collect(),
            federated: seeds
                .iter()
                .zip(&applications)
                .enumerate()
                .flat_map(|(position, (seed, application))| {
                    federated(index, position, seed, application)
                })
                .collect(),
            passwords: seeds
                .iter()
                .zip(&applications)
                .enumerate()
                .flat_map(|(position, (seed, application))| {
                    passwords(index, position, seed, application)
                })
                .collect(),
            applications,
            assignments: Vec::new(),
            users: (0..users)
                .map(|position| user(index, position, name))
                .collect(),
        }
    }

    fn application(&mut self, tenant: usize, position: usize, seed: &Seed) -> Application {
        let [description, notes] = seed.texts.clone();
        let identifier_uris = (0..seed.uris)
            .map(|_| {
                self.uri += 1;
                format!("api://Uri-{}", self.uri)
            })
            .collect();
        let numbers = seed.numbers;
        Application {
            id: ApplicationId::new(guid(2, tenant, position, 0)),
            tenant_id: TenantId::new(guid(1, tenant, 0, 0)),
            app_id: AppId::new(guid(3, tenant, position, 0)),
            display_name: seed.name.clone(),
            sign_in_audience: match numbers[1] % 3 {
                0 => SignInAudience::AzureADMultipleOrgs,
                _ => SignInAudience::AzureADMyOrg,
            },
            identifier_uris,
            app_roles: seed
                .roles
                .iter()
                .map(|role| app_role(tenant, position, *role))
                .collect(),
            requested_access_token_version: TokenVersion::from_number((numbers[2] % 3).into()),
            is_fallback_public_client: numbers[3].is_multiple_of(2),
            is_disabled: numbers[3].is_multiple_of(3),
            access_token_lifetime: TokenLifetime::try_from(u32::from(numbers[4]) * 30).ok(),
            access_token_signing_algorithm: SigningAlgorithm::ALL[usize::from(numbers[5] % 3)],
            manifest: Manifest {
                description,
                notes,
                unique_name: position
                    .is_multiple_of(2)
                    .then(|| format!("unique {position}")),
                tags: seed.word.iter().cloned().collect(),
                group_membership_claims: seed.word.clone(),
                ..manifest(&seed.name, numbers[7])
            },
            assertion_policy: policy(numbers[6].into()),
            created_at: NOW,
            deleted_at: None,
        }
    }
}

/// The rest of a manifest: each part is there or not, by one bit of `parts`.
fn manifest(name: &str, parts: u8) -> Manifest {
    let has = |bit: u8| parts & (1 << bit) != 0;
    let uris = |bit: u8| {
        if has(bit) {
            vec!["https://a.example/back".to_owned()]
        } else {
            Vec::new()
        }
    };
    let optional = |bit: u8| has(bit).then(|| name.to_owned());
    let claim = OptionalClaim {
        name: name.to_owned(),
        ..OptionalClaim::default()
    };
    let asked = RequiredResourceAccess {
        resource_app_id: AppId::new(guid(9, 0, 0, 1)),
        resource_access: vec![ResourceAccess {
            id: AppRoleId::new(guid(9, 0, 0, 2)),
            kind: ResourceAccessType::Role,
        }],
    };
    let scope = PermissionScope {
        value: Some("scope".into()),
        kind: Some("Admin".into()),
        admin_consent_display_name: optional(0),
        ..PermissionScope::default()
    };
    Manifest {
        api: Api {
            accept_mapped_claims: has(0).then_some(false),
            known_client_applications: vec![AppId::new(guid(9, 0, 0, 0)); usize::from(has(1))],
            oauth2_permission_scopes: has(2).then_some(scope).into_iter().collect(),
            ..Api::default()
        },
        web: Web {
            redirect_uris: uris(3),
            implicit_grant_settings: ImplicitGrantSettings {
                enable_id_token_issuance: has(0),
                ..ImplicitGrantSettings::default()
            },
            ..Web::default()
        },
        spa: RedirectUris {
            redirect_uris: uris(4),
        },
        info: Info {
            logo_url: uris(5).pop(),
            ..Info::default()
        },
        required_resource_access: has(6).then_some(asked).into_iter().collect(),
        optional_claims: OptionalClaims {
            access_token: has(7).then_some(claim).into_iter().collect(),
            ..OptionalClaims::default()
        },
        redirect_uri_matching: match has(3) {
            true => PathMatching::SubPaths,
            false => PathMatching::Exact,
        },
        ..Manifest::default()
    }
}

fn app_role(tenant: usize, position: usize, (value, flags): (usize, u8)) -> AppRole {
    AppRole {
        id: AppRoleId::new(guid(5, tenant, position, value)),
        value: (flags % 7 != 0).then(|| ROLE_VALUES[value].to_owned()),
        display_name: (flags % 2 == 0).then(|| "A role".to_owned()),
        description: None,
        allowed_member_types: match flags % 5 {
            0 => vec![MemberType::User],
            1 => vec![MemberType::User, MemberType::Application],
            _ => vec![MemberType::Application],
        },
        is_enabled: flags % 4 != 0,
    }
}

fn passwords(
    tenant: usize,
    position: usize,
    seed: &Seed,
    application: &Application,
) -> Vec<PasswordCredential> {
    let pepper = Pepper::new(&[7; Pepper::LENGTH]);
    let names = seed.passwords.iter().enumerate();
    names
        .map(|(index, display_name)| PasswordCredential {
            key_id: KeyId::new(guid(6, tenant, position, index)),
            application_id: application.id,
            service_principal_id: None,
            display_name: display_name.clone(),
            hint: "~a:".into(),
            hash: pepper.hash(
                application.app_id,
                &Secret::new(format!("a stored secret {index}")),
            ),
            start_at: Timestamp::from_micros(NOW.micros() - i64::from(seed.numbers[0])),
            end_at: NOW.plus_seconds(i64::from(seed.numbers[1]) + 1),
        })
        .collect()
}

fn policy(number: usize) -> AssertionPolicy {
    AssertionPolicy {
        profile: match number % 4 {
            0 => AssertionProfile::Strict,
            _ => AssertionProfile::Compatible,
        },
        single_use: number.is_multiple_of(3),
        lifetime_seconds_max: match u32::try_from(number) {
            Ok(number) if number % 2 == 1 => 60 + number,
            _ => AssertionPolicy::default().lifetime_seconds_max,
        },
    }
}

static CERTIFICATES: LazyLock<Vec<Arc<RegisteredCertificate>>> = LazyLock::new(|| {
    use fixtures::{AUTHORITY, EC, EC_384, ENDLESS, NAMELESS, RSA_2048};
    let read = |pem| RegisteredCertificate::from_der(&fixtures::der(pem)).expect("a certificate");
    [AUTHORITY, EC, EC_384, ENDLESS, NAMELESS, RSA_2048]
        .map(read)
        .map(Arc::new)
        .into()
});

/// The ids follow from positions, the certificates are moved by a number: in two directories one id
/// can have two certificates.
fn certificates(
    tenant: usize,
    position: usize,
    seed: &Seed,
    application: &Application,
) -> Vec<KeyCredential> {
    let [start, end, kind, shift, ..] = seed.numbers.map(usize::from);
    let credential = |index: &usize| {
        let certificate = &CERTIFICATES[(index + shift) % CERTIFICATES.len()];
        let (first, last) = certificate_dates(certificate);
        let name = seed.name.clone();
        KeyCredential {
            key_id: KeyId::new(guid(10, tenant, position, *index)),
            application_id: application.id,
            service_principal_id: None,
            display_name: Some(name.clone()),
            certificate: Arc::clone(certificate),
            trust: match kind % 4 {
                _ if check_authority(certificate.certificate().der()).is_err() => {
                    KeyTrust::Certificate
                }
                0 => KeyTrust::Authority(CertificateSubject::CommonName(name)),
                1 => KeyTrust::Authority(CertificateSubject::DnsName("a.example".into())),
                2 => KeyTrust::Authority(CertificateSubject::Uri("spiffe://a.example/b".into())),
                _ => KeyTrust::Certificate,
            },
            start_at: first.plus_seconds(i64::try_from(start).expect("a small number")),
            end_at: last.plus_seconds(-i64::try_from(end).expect("a small number")),
        }
    };
    seed.certificates.iter().map(credential).collect()
}

/// The names follow from positions, issuer and subject are moved by a number: in two directories
/// two credentials can have changed places.
fn federated(
    tenant: usize,
    position: usize,
    seed: &Seed,
    application: &Application,
) -> Vec<FederatedIdentityCredential> {
    let [.., shift, kind] = seed.numbers.map(usize::from);
    let keys = json!({"keys": [fixtures::jwk(&seed.name), {"kty": "oct", "x5c": ["1e3"]}]});
    let keys = Arc::new(read_key_set(keys.to_string().as_bytes()).expect("a key set"));
    let credential = |index: &usize| {
        let pair = (index + shift) % 5;
        let expression = format!("claims['a: b'] eq '{pair}' and claims['sub'] matches '#x*'");
        FederatedIdentityCredential {
            id: FederatedCredentialId::new(guid(11, tenant, position, *index)),
            application_id: application.id,
            name: format!("1e{index}"),
            issuer: format!("https://issuer.example/{}", pair / 2),
            subject: match pair % 2 {
                0 => SubjectMatcher::Subject(format!("system: {pair}")),
                _ => SubjectMatcher::Expression(expression.parse().expect("an expression")),
            },
            audiences: vec![seed.name.clone(), "api://other".into()][..1 + kind % 2].into(),
            description: seed.texts[0].clone(),
            keys: (index + kind).is_multiple_of(3).then(|| Arc::clone(&keys)),
        }
    };
    seed.federated.iter().map(credential).collect()
}

fn user(tenant: usize, position: usize, name: &str) -> User {
    User {
        id: UserId::new(guid(7, tenant, position, 0)),
        tenant_id: TenantId::new(guid(1, tenant, 0, 0)),
        user_principal_name: format!("Someone{position}@t{tenant}.example"),
        display_name: name.to_owned(),
        given_name: (position == 0).then(|| name.to_owned()),
        surname: None,
        mail: (position == 1).then(|| name.to_owned()),
        job_title: None,
        account_enabled: position != 2,
        created_at: NOW,
    }
}

/// Instances of multi-tenant applications in the next tenant.
fn add_foreign(states: &mut [TenantState]) {
    for index in 1..states.len() {
        let shared: Vec<_> = states[index - 1]
            .applications
            .iter()
            .enumerate()
            .filter(|(_, application)| application.sign_in_audience.is_multi_tenant())
            .map(|(position, application)| (position, application.app_id))
            .collect();
        let tenant_id = states[index].tenant.id;
        for (position, app_id) in shared {
            states[index].service_principals.push(ServicePrincipal {
                id: ServicePrincipalId::new(guid(4, index - 1, position, index)),
                tenant_id,
                app_id,
                account_enabled: true,
                app_role_assignment_required: false,
                details: Default::default(),
                created_at: NOW,
            });
        }
    }
}

fn add_grants(states: &mut [TenantState], index: usize, seeds: &[Seed], strange: bool) {
    let applications: Vec<Application> = states
        .iter()
        .flat_map(|state| state.applications.clone())
        .collect();
    let state = &mut states[index];
    let principals = state.service_principals.clone();
    let mut granted = std::collections::HashSet::new();
    for (client, seed) in principals.iter().zip(seeds.iter().cycle()) {
        for (resource, role) in &seed.grants {
            let resource = &principals[resource % principals.len()];
            let application = applications
                .iter()
                .find(|one| one.app_id == resource.app_id);
            let roles = application.map_or(&[][..], |application| &application.app_roles);
            let app_role_id = match roles.get(*role) {
                Some(role)
                    if strange
                        || role.is_enabled
                            && role.allowed_member_types.contains(&MemberType::Application) =>
                {
                    role.id
                }
                _ => AppRoleId::DEFAULT_ACCESS,
            };
            if granted.insert((client.id, resource.id, app_role_id)) {
                state.assignments.push(AppRoleAssignment {
                    id: AssignmentId::new(guid(8, index, granted.len(), 0)),
                    tenant_id: state.tenant.id,
                    principal_id: client.id,
                    resource_id: resource.id,
                    app_role_id,
                    created_at: NOW,
                });
            }
        }
    }
}
