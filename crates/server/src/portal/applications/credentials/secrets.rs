//! Adding and deleting secrets.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::clock::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::super::expose::told;
use super::super::registration::Registration;
use super::expiry::day;
use super::show::{LIFETIMES, NewSecret, credentials};
use super::{back, target};
use crate::portal::api::read;
use crate::portal::form::Form;
use crate::portal::problem::Problem;
use crate::portal::recent::Recent;
use crate::portal::visit::{Shell, Visit};

/// The answer that shows a secret, the only one that ever does.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    display_name: Option<String>,
    secret_text: String,
    end_date_time: Timestamp,
}

#[derive(Template)]
#[template(path = "applications/secret.html")]
struct SecretPage {
    shell: Shell,
    application: Registration,
    made: Made,
}

impl SecretPage {
    fn end(&self) -> String {
        day(self.made.end_date_time)
    }
}

/// `POST .../credentials/secrets`: makes a secret and shows it. This is the one form that is not
/// answered with a redirect: its answer exists once, and a secret has no place in an address.
pub(super) async fn add(
    Recent(visit): Recent,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let entered = NewSecret {
        description: form.text("description").to_owned(),
        lifetime: form.text("lifetime").to_owned(),
        date: form.text("date").to_owned(),
        error: String::new(),
    };
    let application = Registration::of(&visit, &id).await?;
    let end_at = match end_of(&entered, visit.browser.context.now) {
        Ok(end_at) => end_at,
        Err(error) => return refused(&visit, &id, entered, error).await,
    };
    let body = json!({"passwordCredential": {
        "displayName": entered.description,
        "endDateTime": end_at,
    }});
    let target = format!("{}/addPassword", target(&id));
    let made: Made = match visit.post(&target, &body).await {
        Ok(made) => read(made)?,
        Err(error) => return refused(&visit, &id, entered, told(error)?).await,
    };
    Ok(visit.page(&SecretPage {
        shell: visit.shell("applications", "A new secret"),
        application,
        made,
    }))
}

/// `POST .../credentials/secrets/{key}/delete`
pub(super) async fn delete(
    visit: Visit,
    Path((id, key)): Path<(String, String)>,
    _form: Form,
) -> Result<Response, Problem> {
    let target = format!("{}/removePassword", target(&id));
    visit.post(&target, &json!({"keyId": key})).await?;
    Ok(back(&id))
}

async fn refused(
    visit: &Visit,
    id: &str,
    mut entered: NewSecret,
    error: String,
) -> Result<Response, Problem> {
    let mut page = credentials(visit, id).await?;
    entered.error = error;
    page.secret = entered;
    Ok(visit.refused(&page))
}

/// When the secret shall end; what is wrong with what was entered.
fn end_of(entered: &NewSecret, now: Timestamp) -> Result<Timestamp, String> {
    if entered.lifetime == "date" {
        // The whole day counts.
        return format!("{}T23:59:59Z", entered.date)
            .parse()
            .map_err(|_| "Enter the last day as year, month and day: 2027-01-31.".to_owned());
    }
    let mut lifetimes = LIFETIMES.iter();
    let chosen = lifetimes.find(|(value, ..)| *value == entered.lifetime);
    let (.., days) = chosen.ok_or("Choose when the secret ends.")?;
    Ok(now.plus_seconds(days * 86_400))
}
