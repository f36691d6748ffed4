//! App role assignments and grants of delegated permissions.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use uuid::Uuid;

use super::{Object, object, time};
use crate::directory::{AppRoleAssignment, PermissionGrant};
use crate::ids::{AssignmentId, PermissionGrantId, ServicePrincipalId};

/// An app role assignment, with the names of both sides.
pub fn app_role_assignment(
    assignment: &AppRoleAssignment,
    principal_name: &str,
    resource_name: &str,
) -> Object {
    object(json!({
        "id": assignment_id(assignment),
        "deletedDateTime": null,
        "appRoleId": assignment.app_role_id,
        "createdDateTime": time(assignment.created_at),
        "principalDisplayName": principal_name,
        "principalId": assignment.principal_id,
        "principalType": "ServicePrincipal",
        "resourceDisplayName": resource_name,
        "resourceId": assignment.resource_id,
    }))
}

/// An assignment's id: 43 characters, of which the first 16 bytes are the principal's id.
pub fn assignment_id(assignment: &AppRoleAssignment) -> String {
    write_pair(assignment.principal_id.uuid(), assignment.id.uuid())
}

/// What an assignment's id stands for. Whoever looks it up compares the principal too.
pub fn read_assignment_id(text: &str) -> Option<(ServicePrincipalId, AssignmentId)> {
    let (principal_id, id) = read_pair(text)?;
    Some((ServicePrincipalId::new(principal_id), AssignmentId::new(id)))
}

/// A grant of delegated permissions.
pub fn permission_grant(grant: &PermissionGrant) -> Object {
    let consent_type = match grant.principal_id {
        None => "AllPrincipals",
        Some(_) => "Principal",
    };
    object(json!({
        "id": permission_grant_id(grant),
        "clientId": grant.client_id,
        "consentType": consent_type,
        "principalId": grant.principal_id,
        "resourceId": grant.resource_id,
        "scope": grant.scope,
    }))
}

/// A grant's id: 43 characters, of which the first 16 bytes are the client's id.
pub fn permission_grant_id(grant: &PermissionGrant) -> String {
    write_pair(grant.client_id.uuid(), grant.id.uuid())
}

/// What a grant's id stands for. Whoever looks it up compares the client too.
pub fn read_permission_grant_id(text: &str) -> Option<(ServicePrincipalId, PermissionGrantId)> {
    let (client_id, id) = read_pair(text)?;
    Some((
        ServicePrincipalId::new(client_id),
        PermissionGrantId::new(id),
    ))
}

/// The original's ids begin with the bytes of a GUID in Microsoft's order; some scripts take them
/// apart.
fn write_pair(first: Uuid, second: Uuid) -> String {
    let mut bytes = first.to_bytes_le().to_vec();
    bytes.extend(second.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read_pair(text: &str) -> Option<(Uuid, Uuid)> {
    let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let (first, second) = bytes.split_at(16);
    let first = Uuid::from_bytes_le(first.try_into().ok()?);
    Some((first, Uuid::from_slice(second).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use serde_json::Value;

    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{AppRoleId, TenantId, UserId};

    const DAEMON: ServicePrincipalId =
        ServicePrincipalId::new(Uuid::from_u128(0x33ad69f9_da99_4bed_acd0_3f24235cb296));

    fn assignment() -> AppRoleAssignment {
        AppRoleAssignment {
            id: AssignmentId::new(Uuid::from_u128(7)),
            tenant_id: TenantId::new(Uuid::nil()),
            principal_id: DAEMON,
            resource_id: ServicePrincipalId::new(Uuid::from_u128(8)),
            app_role_id: AppRoleId::DEFAULT_ACCESS,
            created_at: Timestamp::from_unix_seconds(0),
        }
    }

    #[test]
    fn an_assignment_begins_with_its_principal_in_microsofts_order() {
        let wire = app_role_assignment(&assignment(), "Daemon", "Orders");
        assert_eq!(
            Value::Object(wire),
            json!({
                "id": "-WmtM5na7Uus0D8kI1yylgAAAAAAAAAAAAAAAAAAAAc",
                "deletedDateTime": null,
                "appRoleId": "00000000-0000-0000-0000-000000000000",
                "createdDateTime": "1970-01-01T00:00:00.0000000Z",
                "principalDisplayName": "Daemon",
                "principalId": "33ad69f9-da99-4bed-acd0-3f24235cb296",
                "principalType": "ServicePrincipal",
                "resourceDisplayName": "Orders",
                "resourceId": "00000000-0000-0000-0000-000000000008",
            })
        );
        // The id of the original's documentation has the same principal in front.
        let read = read_assignment_id("-WmtM5na7Uus0D8kI1yylpU9Mdo0Pb9OoBJvd3T5eQc");
        assert_eq!(read.map(|(principal, _)| principal), Some(DAEMON));
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = assignment_id(&assignment());
        assert_eq!(
            read_assignment_id(&id),
            Some((DAEMON, AssignmentId::new(Uuid::from_u128(7))))
        );
        let other_ending = format!("{}d", &id[..42]);
        for text in ["", "a", &id[1..], &format!("{id}="), &other_ending] {
            assert_eq!(read_assignment_id(text), None, "{text}");
        }
    }

    #[test]
    fn a_grant_names_one_user_or_all() {
        let mut grant = PermissionGrant {
            id: PermissionGrantId::new(Uuid::from_u128(9)),
            tenant_id: TenantId::new(Uuid::nil()),
            client_id: DAEMON,
            principal_id: None,
            resource_id: ServicePrincipalId::new(Uuid::from_u128(8)),
            scope: "User.Read".into(),
        };
        assert_eq!(permission_grant(&grant)["consentType"], "AllPrincipals");
        assert_eq!(permission_grant(&grant)["principalId"], Value::Null);
        assert_eq!(
            read_permission_grant_id(&permission_grant_id(&grant)),
            Some((DAEMON, grant.id))
        );
        grant.principal_id = Some(UserId::new(Uuid::from_u128(5)));
        assert_eq!(permission_grant(&grant)["consentType"], "Principal");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = read_assignment_id(&text);
        }

        #[test]
        fn every_pair_comes_back(first: u128, second: u128) {
            let (first, second) = (Uuid::from_u128(first), Uuid::from_u128(second));
            let text = write_pair(first, second);
            prop_assert_eq!(text.len(), 43);
            prop_assert_eq!(read_pair(&text), Some((first, second)));
        }
    }
}
