-- One text for SQLite and PostgreSQL: TEXT, BIGINT and BOOLEAN only. Ids are GUIDs in lower case,
-- instants are microseconds since 1970, structured values are JSON, bytes are base64url.
-- Columns that are sorted or folded say COLLATE "C", so that both databases sort by bytes; ids need
-- no collation, because hexadecimal digits sort alike everywhere.

CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY,
    display_name TEXT COLLATE "C" NOT NULL,
    is_default BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tenants_default ON tenants (is_default) WHERE is_default;

CREATE TABLE tenant_domains (
    domain TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    position BIGINT NOT NULL
);
CREATE INDEX tenant_domains_tenant ON tenant_domains (tenant_id, position);

-- identifier_uris, app_roles and manifest are always read with their application, so they are part
-- of its row. A client id stays taken while its application is deleted: service principals in other
-- tenants still name it, and must never come to mean somebody else's application.
CREATE TABLE applications (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    app_id TEXT NOT NULL UNIQUE,
    display_name TEXT COLLATE "C" NOT NULL,
    sign_in_audience TEXT NOT NULL,
    identifier_uris TEXT NOT NULL,
    app_roles TEXT NOT NULL,
    requested_access_token_version BIGINT,
    is_fallback_public_client BOOLEAN NOT NULL,
    is_disabled BOOLEAN NOT NULL,
    access_token_lifetime_seconds BIGINT,
    access_token_signing_algorithm TEXT NOT NULL,
    manifest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX applications_listed ON applications (tenant_id, display_name, id)
    WHERE deleted_at IS NULL;

-- The folded URIs of applications that are not deleted. The key begins with the name because a
-- resource is looked up in all tenants: its home may be another one. Rows are removed by their key,
-- so app_id needs neither an index nor a foreign key.
CREATE TABLE application_identifier_uris (
    folded TEXT COLLATE "C" NOT NULL,
    tenant_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    PRIMARY KEY (folded, tenant_id)
);

CREATE TABLE password_credentials (
    application_id TEXT NOT NULL REFERENCES applications (id),
    key_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    display_name TEXT COLLATE "C",
    hint TEXT NOT NULL,
    hash TEXT NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (application_id, key_id)
);

CREATE TABLE service_principals (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    app_id TEXT NOT NULL REFERENCES applications (app_id),
    account_enabled BOOLEAN NOT NULL,
    app_role_assignment_required BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (app_id, tenant_id)
);
CREATE INDEX service_principals_tenant ON service_principals (tenant_id, id);

CREATE TABLE app_role_assignments (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    principal_id TEXT NOT NULL REFERENCES service_principals (id) ON DELETE CASCADE,
    resource_id TEXT NOT NULL REFERENCES service_principals (id) ON DELETE CASCADE,
    app_role_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (principal_id, resource_id, app_role_id)
);
CREATE INDEX app_role_assignments_resource ON app_role_assignments (resource_id);
CREATE INDEX app_role_assignments_tenant ON app_role_assignments (tenant_id);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    user_principal_name TEXT COLLATE "C" NOT NULL,
    user_principal_name_folded TEXT COLLATE "C" NOT NULL,
    display_name TEXT COLLATE "C" NOT NULL,
    given_name TEXT,
    surname TEXT,
    mail TEXT,
    job_title TEXT,
    account_enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (tenant_id, user_principal_name_folded)
);

-- The private halves are sealed under the master key, which is not in the database.
CREATE TABLE signing_keys (
    kid TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    certificate TEXT NOT NULL,
    sealed_private_key TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Log rows refer to nothing: they outlive what they speak of. tenant_id is empty until the tenant of
-- a request is known.
CREATE TABLE sign_ins (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    tenant_id TEXT,
    correlation_id TEXT NOT NULL,
    app_id TEXT,
    service_principal_id TEXT,
    resource_app_id TEXT,
    credential_type TEXT NOT NULL,
    credential_key_id TEXT,
    error_code BIGINT NOT NULL,
    reason TEXT,
    ip_address TEXT NOT NULL
);
CREATE INDEX sign_ins_at ON sign_ins (at);
CREATE INDEX sign_ins_tenant_at ON sign_ins (tenant_id, at);

-- tenant_id is empty where one commit touched several tenants.
CREATE TABLE audit_records (
    number BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    tenant_id TEXT,
    activity TEXT NOT NULL,
    actor_app_id TEXT,
    correlation_id TEXT NOT NULL,
    changes TEXT NOT NULL
);
CREATE INDEX audit_records_tenant ON audit_records (tenant_id, number);

-- The number of the last change. Every commit updates this row first: it is the lock that makes the
-- order of commits the order of numbers.
CREATE TABLE revision (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL
);
INSERT INTO revision (id, number) VALUES (1, 0);

CREATE TABLE changes (
    number BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL
);
