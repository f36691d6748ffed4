/// A property by which a collection can be filtered or sorted.
pub trait Field: Copy + Eq + std::fmt::Debug + 'static {
    /// Every property, under the path that `$filter` writes: `displayName`, `initiatedBy/app/appId`.
    const ALL: &'static [(&'static str, Self)];

    /// The type of the objects, without its name space: `servicePrincipal`.
    const TYPE: &'static str;

    /// Properties that objects have and that no filter can name.
    const OTHERS: &'static [&'static str];

    /// Whether the objects are directory objects, of which some queries are asked in a special way,
    /// and not entries of a log.
    const IS_OF_DIRECTORY: bool;

    /// The type of its values.
    fn kind(self) -> FieldKind;

    /// Whether it is a collection, which is asked with a lambda.
    fn is_collection(self) -> bool {
        false
    }

    /// Whether a collection can be sorted by it.
    fn is_sortable(self) -> bool {
        false
    }

    /// Whether `$search` looks into it.
    fn is_searchable(self) -> bool {
        false
    }
}

/// The type of a property's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// `Edm.String`
    Text,
    /// `Edm.Boolean`
    Bool,
    /// `Edm.Int32`
    Number,
    /// `Edm.Guid`, or a string that is always one
    Guid,
    /// `Edm.DateTimeOffset`
    Instant,
}

macro_rules! fields {
    ($(#[$doc:meta])* $name:ident of $type:literal $($log:ident)? {
        $($variant:ident = $path:literal: $kind:ident $($trait:ident)*,)*
    } others [$($other:literal)*]) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $path, "`")] $variant,)*
        }

        impl Field for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($path, Self::$variant),)*];
            const TYPE: &'static str = $type;
            const OTHERS: &'static [&'static str] = &[$($other,)*];
            const IS_OF_DIRECTORY: bool = !fields!(@has log $($log)?);

            fn kind(self) -> FieldKind {
                match self { $(Self::$variant => FieldKind::$kind,)* }
            }

            fn is_collection(self) -> bool {
                match self { $(Self::$variant => fields!(@has collection $($trait)*),)* }
            }

            fn is_sortable(self) -> bool {
                match self { $(Self::$variant => fields!(@has sortable $($trait)*),)* }
            }

            fn is_searchable(self) -> bool {
                match self { $(Self::$variant => fields!(@has searchable $($trait)*),)* }
            }
        }
    };
    (@has $wanted:ident) => { false };
    (@has log log) => { true };
    (@has collection collection $($rest:ident)*) => { true };
    (@has sortable sortable $($rest:ident)*) => { true };
    (@has searchable searchable $($rest:ident)*) => { true };
    (@has $wanted:ident $other:ident $($rest:ident)*) => { fields!(@has $wanted $($rest)*) };
}

fields! {
    /// Properties of an application.
    ApplicationField of "application" {
        Id = "id": Guid,
        AppId = "appId": Guid,
        DisplayName = "displayName": Text sortable searchable,
        UniqueName = "uniqueName": Text,
        SignInAudience = "signInAudience": Text,
        IsDisabled = "isDisabled": Bool,
        CreatedDateTime = "createdDateTime": Instant sortable,
        DeletedDateTime = "deletedDateTime": Instant,
        IdentifierUris = "identifierUris": Text collection,
        Tags = "tags": Text collection,
        Owners = "owners": Guid collection,
    } others [
        "addIns" "api" "appRoles" "applicationTemplateId" "certification" "defaultRedirectUri"
        "description" "disabledByMicrosoftStatus" "extensionProperties"
        "federatedIdentityCredentials" "groupMembershipClaims" "info" "isDeviceOnlyAuthSupported"
        "isFallbackPublicClient" "keyCredentials" "logo" "nativeAuthenticationApisEnabled" "notes"
        "oauth2RequirePostResponse" "optionalClaims" "parentalControlSettings" "passwordCredentials"
        "publicClient" "publisherDomain" "requestSignatureVerification" "requiredResourceAccess"
        "samlMetadataUrl" "serviceManagementReference" "servicePrincipalLockConfiguration" "spa"
        "tokenEncryptionKeyId" "verifiedPublisher" "web"
    ]
}

fields! {
    /// Properties of a service principal.
    ServicePrincipalField of "servicePrincipal" {
        Id = "id": Guid,
        AppId = "appId": Guid,
        DisplayName = "displayName": Text sortable searchable,
        AppDisplayName = "appDisplayName": Text searchable,
        AccountEnabled = "accountEnabled": Bool,
        AppOwnerOrganizationId = "appOwnerOrganizationId": Guid,
        ServicePrincipalType = "servicePrincipalType": Text,
        CreatedDateTime = "createdDateTime": Instant sortable,
        ServicePrincipalNames = "servicePrincipalNames": Text collection,
        Tags = "tags": Text collection,
        Owners = "owners": Guid collection,
    } others [
        "addIns" "alternativeNames" "appDescription" "appRoleAssignedTo" "appRoleAssignmentRequired"
        "appRoleAssignments" "appRoles" "applicationTemplateId" "customSecurityAttributes"
        "deletedDateTime" "description" "disabledByMicrosoftStatus" "homepage" "info"
        "keyCredentials" "loginUrl" "logoutUrl" "memberOf" "notes" "notificationEmailAddresses"
        "oauth2PermissionGrants" "oauth2PermissionScopes" "ownedObjects" "passwordCredentials"
        "preferredSingleSignOnMode" "preferredTokenSigningKeyThumbprint" "replyUrls"
        "resourceSpecificApplicationPermissions" "samlSingleSignOnSettings" "signInAudience"
        "tokenEncryptionKeyId" "verifiedPublisher"
    ]
}

fields! {
    /// Properties of a user.
    UserField of "user" {
        Id = "id": Guid,
        UserPrincipalName = "userPrincipalName": Text sortable searchable,
        DisplayName = "displayName": Text sortable searchable,
        GivenName = "givenName": Text,
        Surname = "surname": Text,
        Mail = "mail": Text,
        JobTitle = "jobTitle": Text,
        AccountEnabled = "accountEnabled": Bool,
        CreatedDateTime = "createdDateTime": Instant sortable,
    } others [
        "businessPhones" "city" "companyName" "country" "department" "employeeId" "memberOf"
        "mobilePhone" "officeLocation" "passwordProfile" "postalCode" "preferredLanguage"
        "proxyAddresses" "state" "streetAddress" "usageLocation" "userType"
    ]
}

fields! {
    /// Properties of an app role assignment.
    AssignmentField of "appRoleAssignment" {
        Id = "id": Text,
        AppRoleId = "appRoleId": Guid,
        PrincipalId = "principalId": Guid,
        ResourceId = "resourceId": Guid,
    } others [
        "createdDateTime" "deletedDateTime" "principalDisplayName" "principalType"
        "resourceDisplayName"
    ]
}

fields! {
    /// Properties of a grant of delegated permissions.
    PermissionGrantField of "oAuth2PermissionGrant" {
        Id = "id": Text,
        ClientId = "clientId": Guid,
        ConsentType = "consentType": Text,
        PrincipalId = "principalId": Guid,
        ResourceId = "resourceId": Guid,
    } others [
        "scope"
    ]
}

fields! {
    /// Properties of an entry of the sign-in log.
    SignInField of "signIn" log {
        Id = "id": Guid,
        CreatedDateTime = "createdDateTime": Instant sortable,
        AppId = "appId": Guid,
        ServicePrincipalId = "servicePrincipalId": Guid,
        ResourceId = "resourceId": Guid,
        CorrelationId = "correlationId": Guid,
        IpAddress = "ipAddress": Text,
        ErrorCode = "status/errorCode": Number,
        ClientCredentialType = "clientCredentialType": Text,
        SignInEventTypes = "signInEventTypes": Text collection,
    } others [
        "appDisplayName" "appliedConditionalAccessPolicies" "clientAppUsed"
        "conditionalAccessStatus" "deviceDetail" "homeTenantId" "isInteractive" "location"
        "resourceDisplayName" "resourceTenantId" "riskDetail" "servicePrincipalCredentialKeyId"
        "servicePrincipalCredentialThumbprint" "servicePrincipalName" "uniqueTokenIdentifier"
        "userAgent" "userDisplayName" "userId" "userPrincipalName"
    ]
}

fields! {
    /// Properties of an entry of the audit log.
    AuditField of "directoryAudit" log {
        Id = "id": Text,
        ActivityDateTime = "activityDateTime": Instant sortable,
        ActivityDisplayName = "activityDisplayName": Text,
        CorrelationId = "correlationId": Guid,
        InitiatedByAppId = "initiatedBy/app/appId": Guid,
        InitiatedByUserId = "initiatedBy/user/id": Guid,
        LoggedByService = "loggedByService": Text,
        TargetResourceId = "targetResources/id": Guid collection,
    } others [
        "additionalDetails" "category" "operationType" "result" "resultReason"
    ]
}
