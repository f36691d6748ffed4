//! The tenant: `organization` and `domains`.

use serde_json::json;

use super::{Object, object, time};
use crate::directory::{Domain, Tenant};

/// The tenant as an `organization`.
pub fn organization(tenant: &Tenant) -> Object {
    let verified_domains: Vec<_> = tenant
        .domains
        .iter()
        .map(|domain| {
            json!({
                "capabilities": "",
                "isDefault": is_first(tenant, domain),
                "isInitial": is_first(tenant, domain),
                "name": domain.as_str(),
                "type": "Managed",
            })
        })
        .collect();
    object(json!({
        "id": tenant.id,
        "deletedDateTime": null,
        "businessPhones": [],
        "city": null,
        "country": null,
        "countryLetterCode": null,
        "createdDateTime": time(tenant.created_at),
        "displayName": tenant.display_name,
        "marketingNotificationEmails": [],
        "onPremisesLastSyncDateTime": null,
        "onPremisesSyncEnabled": null,
        "postalCode": null,
        "preferredLanguage": null,
        "securityComplianceNotificationMails": [],
        "securityComplianceNotificationPhones": [],
        "state": null,
        "street": null,
        "technicalNotificationMails": [],
        "tenantType": "AAD",
        "assignedPlans": [],
        "provisionedPlans": [],
        "verifiedDomains": verified_domains,
    }))
}

/// The tenant's domains, its default first.
pub fn domains(tenant: &Tenant) -> Vec<Object> {
    let domains = tenant.domains.iter();
    domains.map(|known| domain(tenant, known)).collect()
}

/// One of a tenant's domains. Its id is its name.
pub fn domain(tenant: &Tenant, domain: &Domain) -> Object {
    object(json!({
        "id": domain.as_str(),
        "authenticationType": "Managed",
        "availabilityStatus": null,
        "isAdminManaged": true,
        "isDefault": is_first(tenant, domain),
        "isInitial": is_first(tenant, domain),
        "isRoot": is_root(tenant, domain),
        "isVerified": true,
        "manufacturer": null,
        "model": null,
        "passwordNotificationWindowInDays": null,
        "passwordValidityPeriodInDays": null,
        "state": null,
        "supportedServices": [],
    }))
}

/// The first domain is the default, and stands for the one that the tenant was made with.
fn is_first(tenant: &Tenant, domain: &Domain) -> bool {
    tenant.domains.first() == Some(domain)
}

/// Whether none of the tenant's domains is above this one.
fn is_root(tenant: &Tenant, domain: &Domain) -> bool {
    !tenant.domains.iter().any(|other| {
        domain
            .as_str()
            .strip_suffix(other.as_str())
            .is_some_and(|rest| rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::directory::AssertionPolicy;
    use crate::ids::TenantId;

    #[test]
    fn the_first_domain_is_the_default() {
        let names = ["contoso.example", "eu.contoso.example", "fabrikam.example"];
        let tenant = Tenant {
            id: TenantId::new(uuid::Uuid::nil()),
            display_name: "Contoso".into(),
            domains: names
                .map(|name| Domain::parse(name).expect("a domain"))
                .into(),
            is_default: false,
            assertion_policy: AssertionPolicy::default(),
            created_at: Timestamp::from_unix_seconds(0),
        };
        let shown: Vec<_> = domains(&tenant)
            .into_iter()
            .map(|mut domain| ["id", "isDefault", "isRoot"].map(|name| domain.remove(name)))
            .map(|members| json!(members))
            .collect();
        assert_eq!(
            json!(shown),
            json!([
                ["contoso.example", true, true],
                ["eu.contoso.example", false, false],
                ["fabrikam.example", false, true],
            ])
        );
        let verified = &organization(&tenant)["verifiedDomains"];
        assert_eq!(verified[0]["isDefault"], true);
        assert_eq!(verified[2]["name"], "fabrikam.example");
    }
}
