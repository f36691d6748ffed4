-- Proof by assertion: certificates, tokens of other issuers, and what is asked of both.

-- Written out, so that a later version's own default does not change what was agreed here.
ALTER TABLE tenants ADD COLUMN assertion_policy TEXT NOT NULL
    DEFAULT '{"profile":"compatible","singleUse":false,"lifetimeSecondsMax":86400}';
ALTER TABLE applications ADD COLUMN assertion_policy TEXT NOT NULL
    DEFAULT '{"profile":"compatible","singleUse":false,"lifetimeSecondsMax":86400}';

-- certificate is DER. Where it is an authority, subject_kind and subject_value say which
-- certificates under it sign.
CREATE TABLE key_credentials (
    application_id TEXT NOT NULL REFERENCES applications (id),
    key_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    display_name TEXT COLLATE "C",
    certificate TEXT NOT NULL,
    trust TEXT NOT NULL,
    subject_kind TEXT,
    subject_value TEXT,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (application_id, key_id)
);

-- Either subject or expression is set; empty subjects are distinct to the unique constraint. An
-- update gives up its subject first, so no check can ask for one of the two.
CREATE TABLE federated_credentials (
    application_id TEXT NOT NULL REFERENCES applications (id),
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT,
    expression TEXT,
    audiences TEXT NOT NULL,
    description TEXT,
    keys TEXT,
    last_used_at BIGINT,
    PRIMARY KEY (application_id, id),
    UNIQUE (application_id, name),
    UNIQUE (application_id, issuer, subject)
);

-- Assertions that were good once. Rows refer to nothing and end with the assertion's own life.
CREATE TABLE used_assertions (
    tenant_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, app_id, digest)
);
CREATE INDEX used_assertions_expiry ON used_assertions (expires_at);

-- Whether this node had seen the client's assertion before.
ALTER TABLE sign_ins ADD COLUMN is_assertion_reused BOOLEAN NOT NULL DEFAULT FALSE;

-- What ends next is asked for by every scrape of the metrics.
CREATE INDEX password_credentials_end ON password_credentials (end_at);
CREATE INDEX key_credentials_end ON key_credentials (end_at);
