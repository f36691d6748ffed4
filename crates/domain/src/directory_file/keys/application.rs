//! An application: what token requests read.

use super::credentials::{ASSERTION_POLICY, CERTIFICATE, FEDERATED, PASSWORD};
use super::manifest::{
    API, INFO, NATIVE_PLATFORM, OPTIONAL_CLAIMS, PLATFORM, REQUIRED_RESOURCE_ACCESS, WEB,
};
use super::{EMPTY, GRANT, MADE, NAME, NONE, NULL, PROSE, SERVICE_PRINCIPAL, WORD, key};
use crate::directory::rules;
use crate::directory_file::schema::Kind::{Boolean, Choice, Guid, Integer, List, Object, Text};
use crate::directory_file::schema::Presence::{Absent, AbsentOrNull, Default, Required};
use crate::directory_file::schema::Section;

pub(in crate::directory_file) static APPLICATION: Section = Section {
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
            "assertionPolicy",
            Object(&ASSERTION_POLICY),
            NONE,
            "What is asked of assertions that the application signs. The tenant's policy applies \
             too; the stricter of each setting counts.",
        ),
        key(
            "passwordCredentials",
            List(&Object(&PASSWORD)),
            Absent("the stored secrets are left alone"),
            "The shared secrets: where the key is written, exactly these.",
        ),
        key(
            "keyCredentials",
            List(&Object(&CERTIFICATE)),
            Absent("the stored certificates are left alone"),
            "The certificates whose keys sign the application's assertions: where the key is \
             written, exactly these.",
        ),
        key(
            "federatedIdentityCredentials",
            List(&Object(&FEDERATED)),
            Absent("the stored ones are left alone"),
            "The tokens of other issuers that stand for the application: where the key is \
             written, exactly these.",
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

pub(in crate::directory_file) static APP_ROLE: Section = Section {
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

pub(in crate::directory_file) static EXTENSIONS: Section = Section {
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
        key(
            "redirectUriMatching",
            Choice(&["exact", "subPaths"]),
            Default("\"exact\""),
            "`subPaths`: on the v1.0 consent endpoint, a redirect URI may have more segments below \
             a registered path. Whoever can place a page below that path then gets the answer.",
        ),
    ],
};
