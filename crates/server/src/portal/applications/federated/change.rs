//! Adding and deleting.

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::expose::told;
use super::super::registration::address;
use super::show::federated;
use super::target;
use super::template::{Entered, Template, Trust};
use crate::portal::address::encoded;
use crate::portal::form::Form;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::recent::Recent;
use crate::portal::visit::Visit;

/// `POST /portal/applications/{id}/federated`
pub(super) async fn add(
    Recent(visit): Recent,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let template = Template::from_name(form.text("template")).unwrap_or(Template::Other);
    let entered = entered(&form);
    let outcome = match entered.trust(template) {
        Ok(trust) => match visit.post(&target(&id), &body(&entered, trust)).await {
            Ok(_) => return Ok(see_other(&address(&id, "federated"))),
            Err(error) => told(error)?,
        },
        Err(error) => error,
    };
    let mut page = federated(&visit, &id).await?;
    page.template = Some(template);
    page.entered = entered;
    page.error = outcome;
    Ok(visit.refused(&page))
}

/// `POST /portal/applications/{id}/federated/{credential}/delete`
pub(super) async fn delete(
    visit: Visit,
    Path((id, credential)): Path<(String, String)>,
    _form: Form,
) -> Result<Response, Problem> {
    let target = format!("{}/{}", target(&id), encoded(&credential));
    visit.delete(&target).await?;
    Ok(see_other(&address(&id, "federated")))
}

fn entered(form: &Form) -> Entered {
    let text = |name| form.text(name).to_owned();
    Entered {
        name: text("name"),
        issuer: text("issuer"),
        audience: text("audience"),
        namespace: text("namespace"),
        account: text("account"),
        organization: text("organization"),
        repository: text("repository"),
        entity: text("entity"),
        entity_name: text("entity_name"),
        spiffe_id: text("spiffe_id"),
        subject: text("subject"),
        expression: text("expression"),
    }
}

fn body(entered: &Entered, trust: Trust) -> Value {
    let expression = trust.expression;
    let expression = expression.map(|value| json!({"value": value, "languageVersion": 1}));
    json!({
        "name": entered.name,
        "issuer": trust.issuer,
        "subject": trust.subject,
        "claimsMatchingExpression": expression,
        "audiences": [entered.audience],
    })
}
