-- People who administer: their roles, how they prove who they are, and their sessions. What hangs on
-- a user goes with the user. Tokens, recovery codes and setup links are kept as hashes only.

-- role_id is the id of the original's role template, the same in every tenant.
CREATE TABLE directory_role_members (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX directory_role_members_tenant ON directory_role_members (tenant_id, role_id);

-- The hash is of Argon2id, in the PHC string format.
CREATE TABLE user_passwords (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- public_key is a SubjectPublicKeyInfo, in base64url, as the id is.
CREATE TABLE user_passkeys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    algorithm BIGINT NOT NULL,
    public_key TEXT NOT NULL,
    sign_count BIGINT NOT NULL,
    is_backed_up BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX user_passkeys_user ON user_passkeys (user_id);

-- The secret is sealed under the master key. last_step is the time step of the last code that was
-- used, which is good once.
CREATE TABLE user_authenticators (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE user_recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- A person has one link at most: a new one ends the one before.
CREATE TABLE setup_links (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL,
    method TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_seen ON sessions (seen_at);

-- A browser in which somebody has signed in: strangers' wrong passwords do not lock it out.
CREATE TABLE known_devices (
    hash TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- Wrong passwords in a row. The key says of whom: an account, a browser, an address.
CREATE TABLE sign_in_failures (
    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE INDEX sign_in_failures_at ON sign_in_failures (last_at);

-- Challenges of passkeys, each good once, in the browser that asked.
CREATE TABLE passkey_challenges (
    challenge TEXT NOT NULL PRIMARY KEY,
    browser TEXT NOT NULL,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenges_end ON passkey_challenges (expires_at);

ALTER TABLE audit_records ADD COLUMN actor_user_id TEXT;
ALTER TABLE sign_ins ADD COLUMN user_id TEXT;

-- Refusals are few: an index of them alone counts them without reading the log.
CREATE INDEX sign_ins_refused ON sign_ins (tenant_id, at) WHERE error_code <> 0;
