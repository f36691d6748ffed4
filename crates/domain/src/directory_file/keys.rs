//! Every key of the directory file: the one table that the checker, the export and the reference
//! are made from. Names are Microsoft Graph's, except under `countersign`.

use super::rules;
use super::schema::Kind::{Boolean, Choice, Guid, Integer, List, Object, Text, Time};
use super::schema::Presence::{Absent, AbsentOrNull, Default, Required};
use super::schema::{Key, Kind, Presence, Section};

const fn key(name: &'static str, kind: Kind, presence: Presence, meaning: &'static str) -> Key {
    Key {
        name,
        kind,
        presence,
        meaning,
    }
}

const NAME: Kind = Text("text of 1 to 256 characters", rules::name);
const PROSE: Kind = Text("text of up to 1024 characters", rules::prose);
const WORD: Kind = Text("text", rules::word);
const PAGE: Kind = Text("the address of a page", rules::page);
const REDIRECT_URIS: Kind = List(&Text("a redirect URI", rules::redirect_uri));
const NATIVE_URIS: Kind = List(&Text("a redirect URI", rules::native_redirect_uri));
const NULL: Presence = Default("null");
const EMPTY: Presence = Default("[]");
const NONE: Presence = Default("{}");
const MADE: Presence = Absent("made, and kept from then on");

/// The document as a whole.
pub(super) static DOCUMENT: Kind = Object(&FILE);

pub(super) static FILE: Section = Section {
    title: "the file",
    keys: &[key(
        "tenants",
        List(&Object(&TENANT)),
        Required,
        "The tenants. For each of them the file is the whole truth about applications, service \
         principals, users and grants; tenants that it does not name stay as they are.",
    )],
};

pub(super) static TENANT: Section = Section {
    title: "a tenant",
    keys: &[
        key(
            "id",
            Guid,
            MADE,
            "The tenant id (`tid`). Without it the tenant is found by one of its domains, else \
             by its name.",
        ),
        key(
            "displayName",
            NAME,
            Required,
            "What people call the tenant.",
        ),
        key(
            "domains",
            List(&Text("a domain name", rules::domain)),
            EMPTY,
            "Verified domain names that stand for the tenant in URLs; the first is the default.",
        ),
        key(
            "isDefault",
            Boolean,
            Absent("as it is; the first tenant where there is no default yet"),
            "Whether `/adfs` stands for this tenant. One tenant at most is the default.",
        ),
        key(
            "applications",
            List(&Object(&APPLICATION)),
            EMPTY,
            "The app registrations of the tenant. One that is not named any more is deleted; it \
             can be restored for a time.",
        ),
        key(
            "servicePrincipals",
            List(&Object(&FOREIGN)),
            EMPTY,
            "Instances of other tenants' multi-tenant applications in this tenant.",
        ),
        key(
            "users",
            List(&Object(&USER)),
            EMPTY,
            "The people of the tenant.",
        ),
    ],
};

pub(super) static APPLICATION: Section = Section {
    title: "an application",
    keys: &[
        key("id", Guid, MADE, "The object id of the registration."),
        key(
            "appId",
            Guid,
            MADE,
            "The client id. Without it the application is found by `id`, else by `uniqueName`, \
             else by `displayName` in its tenant.",
        ),
        key(
            "displayName",
            NAME,
            Required,
            "What people call the application.",
        ),
        key(
            "uniqueName",
            WORD,
            Absent("as stored"),
            "An alternate key, unique in the tenant. Once given it cannot be changed.",
        ),
        key("description", PROSE, NULL, "Free text for people."),
        key("notes", PROSE, NULL, "Free text for administrators."),
        key("tags", List(&WORD), EMPTY, "Words to sort by."),
        key(
            "signInAudience",
            Choice(&[
                "AzureADMyOrg",
                "AzureADMultipleOrgs",
                "AzureADandPersonalMicrosoftAccount",
                "PersonalMicrosoftAccount",
            ]),
            Default("\"AzureADMyOrg\""),
            "Which tenants may use the application.",
        ),
        key(
            "identifierUris",
            List(&Text("an App ID URI", rules::identifier_uri)),
            EMPTY,
            "App ID URIs: names under which clients ask for this resource. Letter case and one \
             trailing slash do not tell two of them apart.",
        ),
        key(
            "appRoles",
            List(&Object(&APP_ROLE)),
            EMPTY,
            "Roles that this application defines as a resource.",
        ),
        key("api", Object(&API), NONE, "Settings as a resource."),
        key(
            "isFallbackPublicClient",
            Boolean,
            Default("false"),
            "A public client can keep no secret, so none is accepted from it.",
        ),
        key(
            "isDisabled",
            Boolean,
            Default("false"),
            "A disabled application gets no tokens in any tenant.",
        ),
        key("web", Object(&WEB), NONE, "The web platform."),
        key("spa", Object(&PLATFORM), NONE, "The single-page platform."),
        key(
            "publicClient",
            Object(&NATIVE_PLATFORM),
            NONE,
            "The platform of installed applications.",
        ),
        key(
            "info",
            Object(&INFO),
            NONE,
            "Links shown on the consent page.",
        ),
        key(
            "requiredResourceAccess",
            List(&Object(&REQUIRED_RESOURCE_ACCESS)),
            EMPTY,
            "What the application asks for. It grants nothing; `grants` does.",
        ),
        key(
            "optionalClaims",
            Object(&OPTIONAL_CLAIMS),
            NONE,
            "Claims that this resource asks for in its tokens.",
        ),
        key("groupMembershipClaims", WORD, NULL, "Kept, not read."),
        key(
            "countersign",
            Object(&EXTENSIONS),
            NONE,
            "Settings that Microsoft Graph does not have.",
        ),
        key(
            "passwordCredentials",
            List(&Object(&PASSWORD)),
            Absent("the stored secrets are left alone"),
            "The shared secrets: where the key is written, exactly these.",
        ),
        key(
            "servicePrincipal",
            Object(&SERVICE_PRINCIPAL),
            AbsentOrNull("one with the defaults"),
            "The application's instance in its own tenant; `null` for none.",
        ),
        key(
            "grants",
            List(&Object(&GRANT)),
            EMPTY,
            "Roles of other applications that this one has in its own tenant.",
        ),
    ],
};

pub(super) static APP_ROLE: Section = Section {
    title: "an app role",
    keys: &[
        key(
            "id",
            Guid,
            MADE,
            "Unique in the application. Without it the role is found by `value`.",
        ),
        key(
            "value",
            Text("a role value", rules::role_value),
            NULL,
            "What the `roles` claim says: up to 120 characters, no space, no leading dot.",
        ),
        key("displayName", NAME, NULL, "Its name on the consent page."),
        key(
            "description",
            PROSE,
            NULL,
            "What it allows, on the consent page.",
        ),
        key(
            "allowedMemberTypes",
            List(&Choice(&["Application", "User"])),
            Default("[\"Application\"]"),
            "Who may be assigned. Only `Application` roles reach a client's token.",
        ),
        key(
            "isEnabled",
            Boolean,
            Default("true"),
            "A disabled role is no longer issued.",
        ),
    ],
};

pub(super) static API: Section = Section {
    title: "`api`",
    keys: &[
        key(
            "requestedAccessTokenVersion",
            Integer(1, 2),
            NULL,
            "The version of access tokens for this resource; `null` means 1.",
        ),
        key("acceptMappedClaims", Boolean, NULL, "Kept, not read."),
        key(
            "knownClientApplications",
            List(&Guid),
            EMPTY,
            "Kept, not read.",
        ),
        key(
            "oauth2PermissionScopes",
            List(&Object(&SCOPE)),
            EMPTY,
            "Delegated permissions.",
        ),
        key(
            "preAuthorizedApplications",
            List(&Object(&PRE_AUTHORIZED)),
            EMPTY,
            "Kept, not read.",
        ),
    ],
};

pub(super) static SCOPE: Section = Section {
    title: "a delegated permission",
    keys: &[
        key("id", Guid, NULL, "Unique in the application."),
        key(
            "value",
            Text("a scope value", rules::role_value),
            NULL,
            "What `scp` says.",
        ),
        key("type", Choice(&["User", "Admin"]), NULL, "Who may consent."),
        key(
            "isEnabled",
            Boolean,
            Default("false"),
            "Whether it can be asked for.",
        ),
        key(
            "adminConsentDisplayName",
            NAME,
            NULL,
            "Its name for administrators.",
        ),
        key(
            "adminConsentDescription",
            PROSE,
            NULL,
            "What it allows, for administrators.",
        ),
        key("userConsentDisplayName", NAME, NULL, "Its name for users."),
        key(
            "userConsentDescription",
            PROSE,
            NULL,
            "What it allows, for users.",
        ),
    ],
};

pub(super) static PRE_AUTHORIZED: Section = Section {
    title: "a pre-authorized application",
    keys: &[
        key("appId", Guid, Required, "The client id."),
        key(
            "delegatedPermissionIds",
            List(&Guid),
            EMPTY,
            "Ids of delegated permissions.",
        ),
    ],
};

pub(super) static WEB: Section = Section {
    title: "`web`",
    keys: &[
        key(
            "redirectUris",
            REDIRECT_URIS,
            EMPTY,
            "Where the consent page may send the browser back to.",
        ),
        key("homePageUrl", PAGE, NULL, "The application's own page."),
        key("logoutUrl", PAGE, NULL, "Where sign-out is announced."),
        key(
            "redirectUriSettings",
            List(&Object(&REDIRECT_URI_SETTING)),
            EMPTY,
            "Kept, not read.",
        ),
        key(
            "implicitGrantSettings",
            Object(&IMPLICIT_GRANT),
            NONE,
            "Kept, not read.",
        ),
    ],
};

pub(super) static REDIRECT_URI_SETTING: Section = Section {
    title: "a redirect URI setting",
    keys: &[
        key(
            "uri",
            Text("a redirect URI", rules::redirect_uri),
            Required,
            "The URI.",
        ),
        key(
            "index",
            Integer(i32::MIN as i64, i32::MAX as i64),
            NULL,
            "Its place.",
        ),
    ],
};

pub(super) static IMPLICIT_GRANT: Section = Section {
    title: "`implicitGrantSettings`",
    keys: &[
        key(
            "enableAccessTokenIssuance",
            Boolean,
            Default("false"),
            "Kept, not read.",
        ),
        key(
            "enableIdTokenIssuance",
            Boolean,
            Default("false"),
            "Kept, not read.",
        ),
    ],
};

pub(super) static PLATFORM: Section = Section {
    title: "`spa`",
    keys: &[key("redirectUris", REDIRECT_URIS, EMPTY, "Kept, not read.")],
};

pub(super) static NATIVE_PLATFORM: Section = Section {
    title: "`publicClient`",
    keys: &[key("redirectUris", NATIVE_URIS, EMPTY, "Kept, not read.")],
};

pub(super) static INFO: Section = Section {
    title: "`info`",
    keys: &[
        key("termsOfServiceUrl", PAGE, NULL, "Terms of service."),
        key("supportUrl", PAGE, NULL, "Support."),
        key("privacyStatementUrl", PAGE, NULL, "Privacy statement."),
        key("marketingUrl", PAGE, NULL, "What the application is."),
        key("logoUrl", PAGE, NULL, "Its picture."),
    ],
};

pub(super) static REQUIRED_RESOURCE_ACCESS: Section = Section {
    title: "a required resource access",
    keys: &[
        key("resourceAppId", Guid, Required, "The resource's client id."),
        key(
            "resourceAccess",
            List(&Object(&RESOURCE_ACCESS)),
            Required,
            "The permissions.",
        ),
    ],
};

pub(super) static RESOURCE_ACCESS: Section = Section {
    title: "a resource access",
    keys: &[
        key(
            "id",
            Guid,
            Required,
            "The id of the app role or the delegated permission.",
        ),
        key(
            "type",
            Choice(&["Role", "Scope"]),
            Required,
            "`Role` for an app role.",
        ),
    ],
};

pub(super) static OPTIONAL_CLAIMS: Section = Section {
    title: "`optionalClaims`",
    keys: &[
        key(
            "accessToken",
            List(&Object(&OPTIONAL_CLAIM)),
            EMPTY,
            "In access tokens.",
        ),
        key(
            "idToken",
            List(&Object(&OPTIONAL_CLAIM)),
            EMPTY,
            "Kept, not read.",
        ),
        key(
            "saml2Token",
            List(&Object(&OPTIONAL_CLAIM)),
            EMPTY,
            "Kept, not read.",
        ),
    ],
};

pub(super) static OPTIONAL_CLAIM: Section = Section {
    title: "an optional claim",
    keys: &[
        key("name", WORD, Required, "The claim, e.g. `idtyp`."),
        key("source", WORD, NULL, "Kept, not read."),
        key("essential", Boolean, Default("false"), "Kept, not read."),
        key(
            "additionalProperties",
            List(&WORD),
            EMPTY,
            "Modifiers, e.g. `include_user_token`.",
        ),
    ],
};

pub(super) static EXTENSIONS: Section = Section {
    title: "`countersign`",
    keys: &[
        key(
            "accessTokenLifetimeSeconds",
            Integer(600, 86_400),
            NULL,
            "How long access tokens for this resource live; `null` means one hour.",
        ),
        key(
            "accessTokenSigningAlgorithm",
            Choice(&["RS256", "ES256", "EdDSA"]),
            Default("\"RS256\""),
            "What access tokens for this resource are signed with. Every validator takes RS256.",
        ),
    ],
};

pub(super) static PASSWORD: Section = Section {
    title: "a password credential",
    keys: &[
        key(
            "keyId",
            Guid,
            MADE,
            "The name of the secret. Without it a stored secret is found by `displayName`.",
        ),
        key("displayName", NAME, NULL, "What people call the secret."),
        key(
            "secretText",
            Kind::Secret(rules::secret),
            Absent("the stored secret stays; for a new one a secret is made and shown once"),
            "The secret in the clear, 16 to 1024 characters. Only a keyed hash is stored.",
        ),
        key(
            "secretTextFile",
            Text("a path", rules::file_path),
            Absent("as `secretText`"),
            "A file that holds the secret; one line break at its end is dropped.",
        ),
        key(
            "hint",
            WORD,
            Absent("nothing"),
            "The secret's first characters, as exported; not read.",
        ),
        key(
            "startDateTime",
            Time,
            Absent("as stored, else now"),
            "The secret is not accepted before this instant.",
        ),
        key(
            "endDateTime",
            Time,
            Absent("as stored, else two years after the start"),
            "The secret is not accepted from this instant on.",
        ),
    ],
};

pub(super) static SERVICE_PRINCIPAL: Section = Section {
    title: "a service principal",
    keys: &[
        key(
            "id",
            Guid,
            MADE,
            "The object id; `oid` and `sub` of its tokens.",
        ),
        ACCOUNT_ENABLED,
        ASSIGNMENT_REQUIRED,
    ],
};

pub(super) static FOREIGN: Section = Section {
    title: "a service principal of another tenant's application",
    keys: &[
        key("appId", Guid, Required, "The application's client id."),
        key(
            "id",
            Guid,
            MADE,
            "The object id; `oid` and `sub` of its tokens.",
        ),
        ACCOUNT_ENABLED,
        ASSIGNMENT_REQUIRED,
        key(
            "grants",
            List(&Object(&GRANT)),
            EMPTY,
            "Roles that it has in this tenant.",
        ),
    ],
};

const ACCOUNT_ENABLED: Key = key(
    "accountEnabled",
    Boolean,
    Default("true"),
    "A disabled service principal gets no tokens, and none are issued for it.",
);
const ASSIGNMENT_REQUIRED: Key = key(
    "appRoleAssignmentRequired",
    Boolean,
    Default("false"),
    "Whether a client needs a grant before it gets a token for this resource.",
);

pub(super) static GRANT: Section = Section {
    title: "a grant",
    keys: &[
        key(
            "resource",
            WORD,
            Required,
            "The resource: its `appId`, one of its `identifierUris` or its `displayName`. It \
             needs a service principal in the tenant.",
        ),
        key(
            "roles",
            List(&WORD),
            EMPTY,
            "The values or ids of app roles. Without any, default access: assigned, without a \
             role.",
        ),
    ],
};

pub(super) static USER: Section = Section {
    title: "a user",
    keys: &[
        key(
            "id",
            Guid,
            MADE,
            "The object id. Without it the user is found by name.",
        ),
        key(
            "userPrincipalName",
            Text("a user principal name", rules::user_principal_name),
            Required,
            "The sign-in name, unique in the tenant in any letter case.",
        ),
        key("displayName", NAME, Required, "The full name."),
        key("givenName", NAME, NULL, "First name."),
        key("surname", NAME, NULL, "Last name."),
        key("mail", WORD, NULL, "E-mail address."),
        key("jobTitle", NAME, NULL, "What the person does."),
        key(
            "accountEnabled",
            Boolean,
            Default("true"),
            "A disabled account cannot sign in.",
        ),
    ],
};
