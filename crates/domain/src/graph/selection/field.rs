/// A property by which a collection can be filtered or sorted.
pub trait Field: Copy + Eq + std::fmt::Debug + 'static {
    /// Every property, under the path that `$filter` writes: `displayName`, `initiatedBy/app/appId`.
    const ALL: &'static [(&'static str, Self)];

    /// The type of the objects, without its name space: `servicePrincipal`.
    const TYPE: &'static str;

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
    ($(#[$doc:meta])* $name:ident of $type:literal {
        $($variant:ident = $path:literal: $kind:ident $($trait:ident)*,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $path, "`")] $variant,)*
        }

        impl Field for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($path, Self::$variant),)*];
            const TYPE: &'static str = $type;

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
    }
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
    }
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
    }
}

fields! {
    /// Properties of an app role assignment.
    AssignmentField of "appRoleAssignment" {
        Id = "id": Text,
        AppRoleId = "appRoleId": Guid,
        PrincipalId = "principalId": Guid,
        ResourceId = "resourceId": Guid,
    }
}

fields! {
    /// Properties of a grant of delegated permissions.
    PermissionGrantField of "oAuth2PermissionGrant" {
        Id = "id": Text,
        ClientId = "clientId": Guid,
        ConsentType = "consentType": Text,
        PrincipalId = "principalId": Guid,
        ResourceId = "resourceId": Guid,
    }
}

fields! {
    /// Properties of an entry of the sign-in log.
    SignInField of "signIn" {
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
    }
}

fields! {
    /// Properties of an entry of the audit log.
    AuditField of "directoryAudit" {
        Id = "id": Text,
        ActivityDateTime = "activityDateTime": Instant sortable,
        ActivityDisplayName = "activityDisplayName": Text,
        CorrelationId = "correlationId": Guid,
        InitiatedByAppId = "initiatedBy/app/appId": Guid,
        LoggedByService = "loggedByService": Text,
        TargetResourceId = "targetResources/id": Guid collection,
    }
}
