//! A request that may be answered: its tenant exists, its application may be used there, and its
//! answer goes to an address that the application has registered.

use std::sync::Arc;

use countersign_domain::consent::answer::Reply;
use countersign_domain::consent::offer::{Instance, usable_client};
use countersign_domain::consent::redirect_uri::{RedirectUri, registered_redirect_uri};
use countersign_domain::consent::request::{ConsentEndpoint, ConsentRequest, ConsentTenant};
use countersign_domain::directory::{Application, PathMatching, Tenant};
use countersign_domain::oauth::error;
use countersign_store::View;

use super::{Call, End};

/// What is known before anybody has signed in.
pub(super) struct Asked {
    pub(super) request: ConsentRequest,
    /// The tenant that the path names; none where it is the one of whoever signs in.
    pub(super) tenant: Option<Arc<Tenant>>,
    /// Who asks.
    pub(super) client: Application,
    /// Where the answer may go.
    pub(super) redirect_uri: RedirectUri,
}

impl Asked {
    /// Reads the request. All that is wrong here is said on a page, to whoever it is: until the
    /// redirect URI is known to be registered, there is nobody else to tell.
    pub(super) async fn read(
        call: &Call,
        request: ConsentRequest,
        view: &mut View,
    ) -> Result<Self, End> {
        let state = &call.browser.state;
        let tenant = match ConsentTenant::parse(&call.segment)? {
            ConsentTenant::OfAdministrator => None,
            _ => Some(state.directory.tenant(&call.segment)?),
        };
        let app_id = request.client_id;
        let found = view.application_anywhere(app_id).await?;
        let client = found.ok_or_else(|| {
            let name = tenant.as_ref().map(|tenant| tenant.display_name.as_str());
            error::APPLICATION_NOT_FOUND.with(&[
                ("app_id", &app_id.to_string()),
                ("tenant", name.unwrap_or(&call.segment)),
            ])
        })?;
        if let Some(tenant) = &tenant {
            usable_client(tenant, app_id, Some(registration(&client)))?;
        }
        let requested = request.unverified_redirect_uri.as_deref();
        let redirect_uri = registered_redirect_uri(&client, requested, paths(&request, &client))?;
        Ok(Self {
            request,
            tenant,
            client,
            redirect_uri,
        })
    }

    /// For answering it.
    pub(super) fn reply(&self, call: &Call) -> Reply<'_> {
        Reply {
            request: &self.request,
            redirect_uri: &self.redirect_uri,
            form: call.browser.state.consent_answer,
        }
    }
}

/// Only v1.0 was ever documented to take more than the registered path.
fn paths(request: &ConsentRequest, client: &Application) -> PathMatching {
    match request.endpoint {
        ConsentEndpoint::V1 => client.manifest.redirect_uri_matching,
        ConsentEndpoint::V2 => PathMatching::Exact,
    }
}

fn registration(application: &Application) -> Instance<'_> {
    Instance {
        application,
        service_principal: None,
    }
}
