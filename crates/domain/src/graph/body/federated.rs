//! Federated credentials: trust in tokens of another issuer.

use std::sync::Arc;

use countersign_token::JwkSet;
use serde::Deserialize;

use super::Context;
use super::object::{Given, Members, invalid, missing, read_only, refuse_read_only};
use super::password::LAST_USED;
use crate::directory::{FederatedIdentityCredential, SubjectMatcher};
use crate::directory_file::{check_federated_credential, key_set};
use crate::graph::error::GraphError;
use crate::graph::wire::Object;
use crate::ids::{ApplicationId, FederatedCredentialId};

const RESOURCE: &str = "FederatedIdentityCredential";

/// Federated credentials of one application. The original stops at 20; a token is compared with
/// all of them, so there is an end here too.
const CREDENTIALS_MAX: usize = 1_000;

/// Audiences of one credential.
const AUDIENCES_MAX: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expression {
    value: String,
    #[serde(default)]
    language_version: Option<i64>,
}

/// Reads a new federated credential. `stored`: those that the application has. `name`: the key of
/// an upsert by name.
pub fn new_federated_credential(
    body: Object,
    application_id: ApplicationId,
    stored: &[FederatedIdentityCredential],
    name: Option<&str>,
    context: &Context<'_>,
) -> Result<FederatedIdentityCredential, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    refuse_read_only(&mut members, &["id"])?;
    let given = members.read::<String>("name")?.value();
    let name = match (name, given) {
        (Some(key), Some(given)) if key != given => return Err(read_only("name")),
        (Some(key), _) => key.to_owned(),
        (None, given) => given.ok_or_else(|| missing("name", RESOURCE))?,
    };
    let subject = subject(&mut members, None)?;
    let new = FederatedIdentityCredential {
        id: FederatedCredentialId::random(context.random),
        application_id,
        name,
        issuer: members.required("issuer")?,
        subject,
        audiences: members.required("audiences")?,
        description: members.read("description")?.value(),
        keys: keys(&mut members, None)?,
    };
    members.finish()?;
    if stored.iter().any(|other| other.name == new.name) {
        return Err(GraphError::new(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            format!(
                "FederatedIdentityCredential with name {} already exists.",
                new.name
            ),
        ));
    }
    if stored.len() >= CREDENTIALS_MAX {
        return Err(GraphError::bad_request(format!(
            "The application has {} federated credentials, the most that there may be; remove one.",
            stored.len()
        )));
    }
    check(&new, stored, context)?;
    Ok(new)
}

/// Reads a change of a federated credential. `stored`: those that the application has.
pub fn change_federated_credential(
    body: Object,
    current: &FederatedIdentityCredential,
    stored: &[FederatedIdentityCredential],
    context: &Context<'_>,
) -> Result<FederatedIdentityCredential, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    match members.read::<FederatedCredentialId>("id")? {
        Given::Absent => {}
        Given::Value(id) if id == current.id => {}
        _ => return Err(read_only("id")),
    }
    match members.read::<String>("name")? {
        Given::Absent => {}
        Given::Value(name) if name == current.name => {}
        _ => return Err(read_only("name")),
    }
    let mut new = current.clone();
    new.subject = subject(&mut members, Some(&current.subject))?;
    new.issuer = kept_or_new(&mut members, "issuer", new.issuer)?;
    new.audiences = kept_or_new(&mut members, "audiences", new.audiences)?;
    new.description = members.read("description")?.or_keep(new.description);
    // Keys were uploaded as those of one issuer, and are not another's.
    let old_keys = new.keys.filter(|_| new.issuer == current.issuer);
    new.keys = keys(&mut members, old_keys)?;
    members.take(LAST_USED);
    members.finish()?;
    let others: Vec<_> = stored
        .iter()
        .filter(|other| other.id != current.id)
        .cloned()
        .collect();
    check(&new, &others, context)?;
    Ok(new)
}

fn kept_or_new<T: serde::de::DeserializeOwned>(
    members: &mut Members,
    name: &str,
    current: T,
) -> Result<T, GraphError> {
    match members.read(name)? {
        Given::Absent => Ok(current),
        Given::Null => Err(missing(name, RESOURCE)),
        Given::Value(value) => Ok(value),
    }
}

/// Ours: the issuer's keys, where they cannot be fetched.
fn keys(
    members: &mut Members,
    current: Option<Arc<JwkSet>>,
) -> Result<Option<Arc<JwkSet>>, GraphError> {
    match members.take("keys") {
        Given::Absent => Ok(current),
        Given::Null => Ok(None),
        Given::Value(value) => key_set(&value)
            .map(|keys| Some(Arc::new(keys)))
            .map_err(|reason| invalid("keys", RESOURCE, reason)),
    }
}

/// `subject` and `claimsMatchingExpression` exclude each other: one of the two is set.
fn subject(
    members: &mut Members,
    current: Option<&SubjectMatcher>,
) -> Result<SubjectMatcher, GraphError> {
    let (old_subject, old_expression) = match current {
        Some(SubjectMatcher::Subject(subject)) => (Some(subject.clone()), None),
        Some(SubjectMatcher::Expression(expression)) => (None, Some(expression.clone())),
        None => (None, None),
    };
    let subject = members.read::<String>("subject")?.or_keep(old_subject);
    let expression = match members.read::<Expression>("claimsMatchingExpression")? {
        Given::Absent => old_expression,
        Given::Null => None,
        Given::Value(given) => Some(parse(&given)?),
    };
    match (subject, expression) {
        (Some(subject), None) => Ok(SubjectMatcher::Subject(subject)),
        (None, Some(expression)) => Ok(SubjectMatcher::Expression(expression)),
        (Some(_), Some(_)) => Err(GraphError::bad_request(
            "Properties 'subject' and 'claimsMatchingExpression' exclude each other; set one of \
             them to null.",
        )),
        (None, None) => Err(missing("subject", RESOURCE)),
    }
}

fn parse(given: &Expression) -> Result<crate::directory::ClaimsExpression, GraphError> {
    let name = "claimsMatchingExpression";
    if given.language_version.is_some_and(|version| version != 1) {
        return Err(invalid(
            name,
            RESOURCE,
            "has a languageVersion other than 1",
        ));
    }
    let parsed = given.value.parse();
    parsed.map_err(|error| invalid(name, RESOURCE, format_args!("is no expression: {error}")))
}

fn check(
    new: &FederatedIdentityCredential,
    others: &[FederatedIdentityCredential],
    context: &Context<'_>,
) -> Result<(), GraphError> {
    if new.audiences.len() > AUDIENCES_MAX {
        return Err(invalid("audiences", RESOURCE, "has more than 20 audiences"));
    }
    check_federated_credential(new, others, Some(context.base_url)).map_err(|reason| {
        GraphError::bad_request(format!("Invalid federated identity credential: {reason}."))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::graph::body::fixtures::{BASE_URL, body, context, refused, stored};
    use crate::graph::wire::federated_credential;

    const ISSUER: &str = "https://token.actions.githubusercontent.com";

    fn new(
        value: Value,
        stored_ones: &[FederatedIdentityCredential],
    ) -> Result<FederatedIdentityCredential, GraphError> {
        new_federated_credential(body(value), stored().id, stored_ones, None, &context())
    }

    /// As Terraform sends it, with changes.
    fn github(changes: Value) -> Value {
        let mut whole = json!({
            "@odata.type": "#microsoft.graph.federatedIdentityCredential",
            "name": "github", "issuer": ISSUER, "subject": "repo:contoso/orders:ref:main",
            "audiences": ["api://AzureADTokenExchange"], "description": "",
        });
        for (name, value) in body(changes) {
            whole[name] = value;
        }
        whole
    }

    fn one() -> FederatedIdentityCredential {
        let mut one = new(github(json!({})), &[]).expect("accepted");
        one.keys = Some(Arc::default());
        one
    }

    #[test]
    fn what_terraform_sends_comes_back() {
        let one = new(github(json!({})), &[]).expect("accepted");
        assert_eq!(
            Value::Object(federated_credential(&one)),
            json!({
                "id": one.id, "name": "github", "issuer": ISSUER, "description": "",
                "subject": "repo:contoso/orders:ref:main",
                "audiences": ["api://AzureADTokenExchange"],
            })
        );
        let expression =
            json!({"value": "claims['sub'] matches 'repo:contoso/*'", "languageVersion": 1});
        let flexible = github(json!({"subject": null, "claimsMatchingExpression": expression}));
        let flexible = federated_credential(&new(flexible, &[]).expect("accepted"));
        assert_eq!(flexible["claimsMatchingExpression"], expression);
        assert_eq!(flexible["subject"], Value::Null);
    }

    #[test]
    fn uploaded_keys_are_public_and_are_shown() {
        let key = json!({"kty": "EC", "crv": "P-256", "kid": "k1",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
        let keys = json!({"keys": [key]});
        let one = new(github(json!({"keys": keys})), &[]).expect("accepted");
        let shown = federated_credential(&one);
        assert_eq!(shown["keys"]["keys"][0]["kid"], "k1");
        let mut private = key.clone();
        private["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
        for bad in [json!({"keys": [private]}), json!({}), json!("k1")] {
            assert!(new(github(json!({"keys": bad})), &[]).is_err(), "{bad}");
        }
        let cleared = body(json!({"keys": null, "lastUsedDateTime": null}));
        let one = change_federated_credential(cleared, &one, &[], &context());
        assert_eq!(one.expect("accepted").keys, None);
    }

    #[test]
    fn a_new_one_follows_the_rules() {
        for (changes, expected) in [
            (json!({"id": stored().id}), "Property 'id' is read-only"),
            (
                json!({"name": null}),
                "A value is required for property 'name'",
            ),
            (json!({"name": "a b"}), "the name must have 3 to 120"),
            (
                json!({"issuer": null}),
                "A value is required for property 'issuer'",
            ),
            (
                json!({"issuer": "http://a.example"}),
                "the issuer must be an https URL",
            ),
            (
                json!({"issuer": format!("{BASE_URL}/{}/v2.0", context().tenant.id)}),
                "this platform itself",
            ),
            (
                json!({"subject": null}),
                "A value is required for property 'subject'",
            ),
            (json!({"subject": " a"}), "the subject must not begin"),
            (
                json!({"audiences": null}),
                "required for property 'audiences'",
            ),
            (json!({"audiences": []}), "without an audience"),
            (
                json!({"audiences": vec!["a"; 21]}),
                "more than 20 audiences",
            ),
            (json!({"audiences": "a"}), "for property 'audiences'"),
            (json!({"description": "a".repeat(601)}), "at most 600"),
            (
                json!({"claimsMatchingExpression": {"value": "claims['sub'] eq 'a'"}}),
                "exclude each other",
            ),
            (
                json!({"subject": null, "claimsMatchingExpression": {"value": "x"}}),
                "is no expression",
            ),
            (
                json!({"subject": null, "claimsMatchingExpression": {"value": "claims['sub'] eq 'a'", "languageVersion": 2}}),
                "other than 1",
            ),
            (
                json!({"subject": null, "claimsMatchingExpression": {}}),
                "required for property 'claimsMatchingExpression/value'",
            ),
            (json!({"x": 1}), "Invalid property 'x'."),
        ] {
            refused(new(github(changes), &[]), expected);
        }
        let same_name = new(github(json!({"subject": "b"})), &[one()]).expect_err("refused");
        assert_eq!(
            (same_name.status, same_name.to_string().as_str()),
            (
                409,
                "Request_MultipleObjectsWithSameKeyValue: FederatedIdentityCredential with name \
                 github already exists."
            )
        );
        let same_token = github(json!({"name": "other"}));
        refused(
            new(same_token, &[one()]),
            "has this issuer and subject already",
        );
        let many: Vec<_> = (0..CREDENTIALS_MAX)
            .map(|index| FederatedIdentityCredential {
                name: format!("other-{index}"),
                ..one()
            })
            .collect();
        refused(
            new(github(json!({})), &many),
            "The application has 1000 federated credentials",
        );
        assert!(new(github(json!({"subject": "b"})), &many[1..]).is_ok());
    }

    #[test]
    fn an_upsert_takes_its_name_from_the_address() {
        let upsert = |changes, name| {
            let body = body(github(changes));
            new_federated_credential(body, stored().id, &[], Some(name), &context())
        };
        assert_eq!(
            upsert(json!({"name": null}), "github")
                .expect("accepted")
                .name,
            "github"
        );
        assert!(upsert(json!({}), "github").is_ok());
        refused(upsert(json!({}), "other"), "Property 'name' is read-only");
    }

    #[test]
    fn a_change_keeps_name_and_id_and_forgets_another_issuers_keys() {
        let other = FederatedIdentityCredential {
            id: FederatedCredentialId::new(uuid::Uuid::from_u128(5)),
            name: "other".to_owned(),
            subject: SubjectMatcher::Subject("b".to_owned()),
            ..one()
        };
        let change = |value: Value| {
            change_federated_credential(body(value), &one(), &[one(), other.clone()], &context())
        };
        assert_eq!(change(json!({})), Ok(one()));
        assert_eq!(change(github(json!({"id": one().id}))), Ok(one()));
        let described = change(json!({"description": "x"})).expect("accepted");
        assert_eq!(described.description.as_deref(), Some("x"));
        assert!(described.keys.is_some());
        assert_eq!(
            change(json!({"description": null}))
                .expect("accepted")
                .description,
            None
        );
        let moved = change(json!({"issuer": "https://other.example"})).expect("accepted");
        assert_eq!(moved.keys, None);
        let flexible =
            json!({"subject": null, "claimsMatchingExpression": {"value": "claims['sub'] eq 'a'"}});
        assert!(change(flexible).is_ok());
        for (value, expected) in [
            (json!({"name": "other"}), "Property 'name' is read-only"),
            (json!({"id": other.id}), "Property 'id' is read-only"),
            (json!({"issuer": null}), "required for property 'issuer'"),
            (json!({"subject": null}), "required for property 'subject'"),
            (
                json!({"subject": "b"}),
                "has this issuer and subject already",
            ),
            (
                json!({"claimsMatchingExpression": {"value": "claims['sub'] eq 'a'"}}),
                "exclude each other",
            ),
            (
                json!({"issuer": "https://a.example?x"}),
                "the issuer must not contain a query",
            ),
        ] {
            refused(change(value), expected);
        }
    }
}
