//! What accepting would grant: the page's content, and the plan that [`super::effects`] carries
//! out.

mod stored;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use self::stored::{is_disabled, is_visible, name_of};
use super::request::{NamedPermission, RequestedPermissions};
use crate::directory::{
    AppRoleAssignment, Application, DirectoryRole, PermissionGrant, ResourceAccess,
    ResourceAccessType, ResourceName, ServicePrincipal, Tenant,
};
use crate::ids::{AppId, AppRoleId};
use crate::oauth::error::{self, OauthError};

/// An application and its instance in the tenant, if it has one.
#[derive(Debug, Clone, Copy)]
pub struct Instance<'a> {
    /// The registration.
    pub application: &'a Application,
    /// The instance.
    pub service_principal: Option<&'a ServicePrincipal>,
}

/// What the directory says, in one snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// Where the consent will hold.
    pub tenant: &'a Tenant,
    /// Who asks.
    pub client: Instance<'a>,
    /// The resources that were found under [`resource_names`].
    pub resources: &'a [Instance<'a>],
    /// What the client's service principal has been assigned.
    pub assignments: &'a [AppRoleAssignment],
    /// The client's delegated permissions.
    pub grants: &'a [PermissionGrant],
}

/// Everything that is asked for, and what of it is there already.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    /// Where the consent will hold.
    pub tenant: &'a Tenant,
    /// Who asks; accepting makes its service principal if it has none.
    pub client: Instance<'a>,
    /// By resource, in the order in which they were asked for.
    pub resources: Vec<OfferedResource<'a>>,
    /// Asked for by the registration, and defined by no resource: nothing is granted for these.
    pub unknown: Vec<UnknownPermission<'a>>,
}

/// The permissions of one resource.
#[derive(Debug, Clone)]
pub struct OfferedResource<'a> {
    /// Whose permissions they are; accepting makes its service principal if it has none.
    pub instance: Instance<'a>,
    /// The permissions, each once.
    pub permissions: Vec<OfferedPermission<'a>>,
    /// The delegated permissions that the client has on it, for everybody.
    pub grant: Option<&'a PermissionGrant>,
}

/// A permission, as the page shows it. Names and descriptions are text of whoever registered the
/// resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferedPermission<'a> {
    /// An application permission or a delegated one.
    pub kind: ResourceAccessType,
    /// Its id in the resource.
    pub id: AppRoleId,
    /// What a token says of it.
    pub value: Option<&'a str>,
    /// Its name for administrators.
    pub display_name: Option<&'a str>,
    /// What it allows.
    pub description: Option<&'a str>,
    /// Whether the client has it already.
    pub is_granted: bool,
}

/// A permission that its resource does not define, or not for applications, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownPermission<'a> {
    /// The resource.
    pub resource: &'a Application,
    /// An application permission or a delegated one.
    pub kind: ResourceAccessType,
    /// The id that is asked for.
    pub id: AppRoleId,
}

/// The client, if it can be used in the tenant.
pub fn usable_client<'a>(
    tenant: &Tenant,
    app_id: AppId,
    found: Option<Instance<'a>>,
) -> Result<Instance<'a>, OauthError> {
    let client = found
        .filter(|client| is_visible(tenant, client.application))
        .ok_or_else(|| {
            error::APPLICATION_NOT_FOUND.with(&[
                ("app_id", &app_id.to_string()),
                ("tenant", &tenant.display_name),
            ])
        })?;
    if is_disabled(&client) {
        return Err(error::APPLICATION_DISABLED.with(&[
            ("app_id", &app_id.to_string()),
            ("name", &client.application.display_name),
        ]));
    }
    Ok(client)
}

/// The names of the resources that have to be looked up for an offer, each once.
pub fn resource_names(
    client: &Application,
    permissions: &RequestedPermissions,
) -> Vec<ResourceName> {
    let of_id = |id: AppId| ResourceName::fold(&id.to_string());
    let required = client.manifest.required_resource_access.iter();
    let required = required.map(|required| of_id(required.resource_app_id));
    let asked: Vec<ResourceName> = match permissions {
        RequestedPermissions::Registered { named } => {
            required.chain(named.as_deref().map(name_of)).collect()
        }
        RequestedPermissions::Named(named) => {
            named.iter().map(NamedPermission::resource_name).collect()
        }
    };
    let mut names: Vec<ResourceName> = Vec::new();
    for name in asked {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Puts together what is asked for.
pub fn offer<'a>(
    stored: &Stored<'a>,
    permissions: &RequestedPermissions,
) -> Result<Offer<'a>, OauthError> {
    let mut offer = Offer {
        tenant: stored.tenant,
        client: stored.client,
        resources: Vec::new(),
        unknown: Vec::new(),
    };
    match permissions {
        RequestedPermissions::Registered { named } => {
            if let Some(named) = named {
                stored.resource(&name_of(named), named)?;
            }
            offer.add_registered(stored)?;
        }
        RequestedPermissions::Named(named) => {
            for permission in named {
                offer.add_named(stored, permission)?;
            }
        }
    }
    Ok(offer)
}

impl Offer<'_> {
    /// The permissions with their resources.
    pub fn permissions(&self) -> impl Iterator<Item = (&Application, &OfferedPermission<'_>)> {
        self.resources.iter().flat_map(|resource| {
            let permissions = resource.permissions.iter();
            permissions.map(|permission| (resource.instance.application, permission))
        })
    }

    /// Whether somebody with these roles may accept all of it: what is granted already counts too,
    /// because the page asks for it.
    pub fn check_roles(&self, roles: &[DirectoryRole]) -> Result<(), OauthError> {
        if !roles.iter().any(|role| role.may_consent_to_some()) {
            return Err(error::CONSENT_NEEDS_ADMIN.plain());
        }
        let may_grant_all = self.permissions().all(|(resource, permission)| {
            let app_id = resource.app_id;
            roles
                .iter()
                .any(|role| role.may_consent(app_id, permission.kind))
        });
        match may_grant_all {
            true => Ok(()),
            false => Err(error::CONSENT_FORBIDDEN.plain()),
        }
    }

    /// Whom to ask: the roles each of which is enough.
    pub fn sufficient_roles(&self) -> impl Iterator<Item = DirectoryRole> {
        let roles = DirectoryRole::ALL.into_iter();
        roles.filter(|role| self.check_roles(&[*role]).is_ok())
    }

    /// A name for exactly this list of permissions. The page sends it back with *Accept*: nobody
    /// grants what was added to the registration after they had read the page.
    pub fn fingerprint(&self) -> String {
        let mut hash = Context::new(&SHA256);
        hash.update(self.tenant.id.uuid().as_bytes());
        hash.update(self.client.application.app_id.uuid().as_bytes());
        for (resource, permission) in self.permissions() {
            hash.update(resource.app_id.uuid().as_bytes());
            hash.update(match permission.kind {
                ResourceAccessType::Role => b"r",
                ResourceAccessType::Scope => b"s",
            });
            hash.update(permission.id.uuid().as_bytes());
            // What the role means to the resource, which may change it.
            let value = permission.value.unwrap_or_default().as_bytes();
            hash.update(&value.len().to_be_bytes());
            hash.update(value);
        }
        URL_SAFE_NO_PAD.encode(hash.finish())
    }
}

impl<'a> Offer<'a> {
    fn add_registered(&mut self, stored: &Stored<'a>) -> Result<(), OauthError> {
        let required = &stored.client.application.manifest.required_resource_access;
        for required in required {
            let id = required.resource_app_id.to_string();
            let found = stored.find(&ResourceName::fold(&id));
            let resource = stored.usable(found, &id)?;
            for access in &required.resource_access {
                match stored.permission(resource, access) {
                    Some(permission) => self.add(stored, resource, permission),
                    None => self.add_unknown(resource, access),
                }
            }
        }
        Ok(())
    }

    fn add_named(
        &mut self,
        stored: &Stored<'a>,
        asked: &NamedPermission,
    ) -> Result<(), OauthError> {
        let resource = stored.resource(&asked.resource_name(), &asked.resource)?;
        let scopes = &resource.application.manifest.api.oauth2_permission_scopes;
        let scope = scopes
            .iter()
            .find(|scope| scope.value.as_deref() == Some(&asked.value));
        let permission = scope.and_then(|scope| stored.delegated(resource, scope));
        let permission = permission.ok_or_else(|| {
            error::PERMISSION_UNKNOWN.with(&[
                ("name", &stored.client.application.display_name),
                ("scope", &asked.value),
                ("resource", &resource.application.display_name),
            ])
        })?;
        self.add(stored, resource, permission);
        Ok(())
    }

    fn add(
        &mut self,
        stored: &Stored<'a>,
        resource: Instance<'a>,
        permission: OfferedPermission<'a>,
    ) {
        let app_id = resource.application.app_id;
        let mut known = self.resources.iter_mut();
        match known.find(|known| known.instance.application.app_id == app_id) {
            Some(known) if known.permissions.contains(&permission) => {}
            Some(known) => known.permissions.push(permission),
            None => self.resources.push(OfferedResource {
                instance: resource,
                permissions: vec![permission],
                grant: stored.grant(resource),
            }),
        }
    }

    fn add_unknown(&mut self, resource: Instance<'a>, access: &ResourceAccess) {
        let unknown = UnknownPermission {
            resource: resource.application,
            kind: access.kind,
            id: access.id,
        };
        if !self.unknown.contains(&unknown) {
            self.unknown.push(unknown);
        }
    }
}

#[cfg(test)]
mod tests;
