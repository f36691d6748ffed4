//! An application: the objects that are kept as they are written.

use super::{EMPTY, NAME, NONE, NULL, PROSE, WORD, key};
use crate::directory::rules;
use crate::directory_file::schema::Kind::{
    self, Boolean, Choice, Guid, Integer, List, Object, Text,
};
use crate::directory_file::schema::Presence::{Default, Required};
use crate::directory_file::schema::Section;

const NATIVE_URIS: Kind = List(&Text("a redirect URI", rules::native_redirect_uri));
const REDIRECT_URIS: Kind = List(&Text("a redirect URI", rules::redirect_uri));
const PAGE: Kind = Text("the address of a page", rules::page);
pub(in crate::directory_file) static WEB: Section = Section {
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

pub(in crate::directory_file) static REDIRECT_URI_SETTING: Section = Section {
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

pub(in crate::directory_file) static IMPLICIT_GRANT: Section = Section {
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

pub(in crate::directory_file) static PLATFORM: Section = Section {
    title: "`spa`",
    keys: &[key("redirectUris", REDIRECT_URIS, EMPTY, "Kept, not read.")],
};

pub(in crate::directory_file) static NATIVE_PLATFORM: Section = Section {
    title: "`publicClient`",
    keys: &[key("redirectUris", NATIVE_URIS, EMPTY, "Kept, not read.")],
};

pub(in crate::directory_file) static INFO: Section = Section {
    title: "`info`",
    keys: &[
        key("termsOfServiceUrl", PAGE, NULL, "Terms of service."),
        key("supportUrl", PAGE, NULL, "Support."),
        key("privacyStatementUrl", PAGE, NULL, "Privacy statement."),
        key("marketingUrl", PAGE, NULL, "What the application is."),
        key("logoUrl", PAGE, NULL, "Its picture."),
    ],
};

pub(in crate::directory_file) static REQUIRED_RESOURCE_ACCESS: Section = Section {
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

pub(in crate::directory_file) static RESOURCE_ACCESS: Section = Section {
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

pub(in crate::directory_file) static OPTIONAL_CLAIMS: Section = Section {
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

pub(in crate::directory_file) static OPTIONAL_CLAIM: Section = Section {
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

pub(in crate::directory_file) static API: Section = Section {
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

pub(in crate::directory_file) static SCOPE: Section = Section {
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

pub(in crate::directory_file) static PRE_AUTHORIZED: Section = Section {
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
