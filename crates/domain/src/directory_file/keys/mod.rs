//! Every key of the directory file: the one table that the checker, the export and the reference
//! are made from. Names are Microsoft Graph's, except under
//! `countersign`, `assertionPolicy`, `trustedSubject` and where a file is named.

mod application;
mod credentials;
mod manifest;

pub(super) use self::application::*;
pub(super) use self::credentials::*;
#[cfg(test)]
pub(super) use self::manifest::*;
use super::schema::Kind::{Boolean, Guid, List, Object, Text};
use super::schema::Presence::{Absent, Default, Required};
use super::schema::{Key, Kind, Presence, Section};
use crate::directory::rules;

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
const PROSE_SHORT: Kind = Text("text of up to 600 characters", rules::prose_short);
const WORD: Kind = Text("text", rules::word);
const NULL: Presence = Default("null");
const EMPTY: Presence = Default("[]");
const NONE: Presence = Default("{}");
const MADE: Presence = Absent("made, and kept from then on");

/// The document as a whole.
pub(in crate::directory_file) static DOCUMENT: Kind = Object(&FILE);

pub(in crate::directory_file) static FILE: Section = Section {
    title: "the file",
    keys: &[key(
        "tenants",
        List(&Object(&TENANT)),
        Required,
        "The tenants. For each of them the file is the whole truth about applications, service \
         principals, users and grants; tenants that it does not name stay as they are.",
    )],
};

pub(in crate::directory_file) static TENANT: Section = Section {
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
            "assertionPolicy",
            Object(&ASSERTION_POLICY),
            NONE,
            "What is asked of assertions in this tenant, whatever an application's own policy \
             says.",
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

pub(in crate::directory_file) static SERVICE_PRINCIPAL: Section = Section {
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

pub(in crate::directory_file) static FOREIGN: Section = Section {
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

pub(in crate::directory_file) static GRANT: Section = Section {
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

pub(in crate::directory_file) static USER: Section = Section {
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
