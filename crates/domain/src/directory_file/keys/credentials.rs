//! How an application proves itself.

use serde_json::Value;

use super::{MADE, NAME, NULL, PROSE_SHORT, WORD, key};
use crate::directory::rules;
use crate::directory_file::schema::Kind::{
    self, Boolean, Choice, Guid, Integer, Json, List, Object, ObjectOrText, Text, Time,
};
use crate::directory_file::schema::Presence::{Absent, Default, Required};
use crate::directory_file::schema::Section;
use crate::directory_file::{certificate, key_set};

pub(in crate::directory_file) static PASSWORD: Section = Section {
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

pub(in crate::directory_file) static CERTIFICATE: Section = Section {
    title: "a certificate",
    keys: &[
        key(
            "keyId",
            Guid,
            MADE,
            "The name of the credential. Without it a stored one is found by its certificate.",
        ),
        key(
            "displayName",
            NAME,
            Absent("as stored, else the certificate's subject"),
            "What people call the certificate.",
        ),
        key(
            "certificateFile",
            Text("a path", rules::file_path),
            Absent("as `key`"),
            "A file with the certificate in PEM or DER, without its private key.",
        ),
        key(
            "key",
            Kind::Secret(certificate_text),
            Absent("the stored certificate of this `keyId`"),
            "The certificate: base64 of its DER or PEM, or PEM. RSA of at least 2048 bits, P-256 \
             or P-384.",
        ),
        key(
            "startDateTime",
            Time,
            Absent("as stored, else the certificate's own"),
            "The certificate is not accepted before this instant.",
        ),
        key(
            "endDateTime",
            Time,
            Absent("as stored, else the certificate's own"),
            "The certificate is not accepted from this instant on.",
        ),
        key(
            "type",
            Choice(&["AsymmetricX509Cert"]),
            Default("\"AsymmetricX509Cert\""),
            "The one type there is.",
        ),
        key(
            "usage",
            Choice(&["Verify"]),
            Default("\"Verify\""),
            "The one usage there is.",
        ),
        key(
            "trustedSubject",
            Object(&TRUSTED_SUBJECT),
            NULL,
            "Makes the certificate an authority: any certificate that chains to it and carries \
             this subject signs, sent along with the assertion.",
        ),
    ],
};

fn certificate_text(text: &str) -> Result<(), String> {
    certificate::read_certificate(text.as_bytes()).map(drop)
}

pub(in crate::directory_file) static TRUSTED_SUBJECT: Section = Section {
    title: "a trusted subject",
    keys: &[
        key(
            "commonName",
            WORD,
            NULL,
            "The common name of the subject, exactly.",
        ),
        key(
            "dnsName",
            WORD,
            NULL,
            "A DNS name among the alternative names, exactly.",
        ),
        key(
            "uri",
            WORD,
            NULL,
            "A URI among the alternative names, exactly, e.g. a SPIFFE id.",
        ),
    ],
};

pub(in crate::directory_file) static FEDERATED: Section = Section {
    title: "a federated identity credential",
    keys: &[
        key(
            "id",
            Guid,
            MADE,
            "Its object id. Without it a stored one is found by `name`.",
        ),
        key(
            "name",
            Text(
                "a name of 3 to 120 letters, digits, `_` and `-`",
                rules::credential_name,
            ),
            Required,
            "Its name, unique in the application. Once given it cannot be changed.",
        ),
        key(
            "issuer",
            Text("an https URL", rules::issuer),
            Required,
            "`iss` of the tokens, exactly. Its keys are found through its discovery document.",
        ),
        key(
            "subject",
            Text("text of up to 600 characters", rules::claim),
            NULL,
            "`sub` of the tokens, exactly; this or `claimsMatchingExpression`.",
        ),
        key(
            "claimsMatchingExpression",
            ObjectOrText(&EXPRESSION),
            NULL,
            "Which tokens of the issuer, by their claims.",
        ),
        key(
            "audiences",
            List(&Text("text of up to 600 characters", rules::claim)),
            Required,
            "`aud` of the tokens is or holds one of these, exactly; customarily \
             `api://AzureADTokenExchange`.",
        ),
        key("description", PROSE_SHORT, NULL, "Free text for people."),
        key(
            "keysFile",
            Text("a path", rules::file_path),
            Absent("as `keys`"),
            "A file with the issuer's keys, a JWK set, where they cannot be fetched.",
        ),
        key(
            "keys",
            Json("an object (a JWK set)", is_key_set),
            Absent("the keys are fetched from the issuer"),
            "The issuer's keys, a JWK set, where they cannot be fetched.",
        ),
    ],
};

fn is_key_set(value: &Value) -> Result<(), String> {
    key_set::from_value(value).map(drop)
}

pub(in crate::directory_file) static EXPRESSION: Section = Section {
    title: "an expression",
    keys: &[
        key(
            "value",
            Text("an expression", rules::expression),
            Required,
            "`claims['sub'] matches 'repo:contoso/*'`, with `eq` for exactly equal; several are \
             joined by `and`. `*` is any run of characters, `?` is one.",
        ),
        key(
            "languageVersion",
            Integer(1, 1),
            Default("1"),
            "The one version there is.",
        ),
    ],
};

pub(in crate::directory_file) static ASSERTION_POLICY: Section = Section {
    title: "an assertion policy",
    keys: &[
        key(
            "profile",
            Choice(&["compatible", "strict"]),
            Default("\"compatible\""),
            "`strict`: the issuer as the only audience, PS256 or ES256, ten minutes, single use.",
        ),
        key(
            "singleUse",
            Boolean,
            Default("false"),
            "An assertion is good once. Real clients send theirs again, so this breaks some.",
        ),
        key(
            "lifetimeSecondsMax",
            Integer(60, 86_400),
            Default("86400"),
            "The longest accepted lifetime of an assertion.",
        ),
    ],
};
