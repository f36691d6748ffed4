-- What Microsoft Graph asks of the directory: folded names to search by, owners, delegated
-- permissions, deleted objects, and records of what was changed.

-- The folded columns are filled in by the program, because databases fold letters differently.
-- Words are the folded name with one space before each word. The folded unique name stays taken while
-- its application is deleted.
ALTER TABLE applications ADD COLUMN display_name_folded TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN display_name_words TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN unique_name TEXT COLLATE "C";
CREATE UNIQUE INDEX applications_unique_name ON applications (tenant_id, unique_name);
CREATE INDEX applications_id ON applications (tenant_id, id) WHERE deleted_at IS NULL;
CREATE INDEX applications_name ON applications (tenant_id, display_name_folded, id)
    WHERE deleted_at IS NULL;
CREATE INDEX applications_created ON applications (tenant_id, created_at, id)
    WHERE deleted_at IS NULL;
CREATE INDEX applications_deleted ON applications (tenant_id, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX applications_deleted_at ON applications (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX application_identifier_uris_app ON application_identifier_uris (app_id);

-- The application's name, so that a tenant's service principals can be sorted by it without a look
-- at every application.
ALTER TABLE service_principals ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
ALTER TABLE service_principals ADD COLUMN display_name_folded TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE service_principals ADD COLUMN display_name_words TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX service_principals_name ON service_principals (tenant_id, display_name_folded, id);
CREATE INDEX service_principals_created ON service_principals (tenant_id, created_at, id);

ALTER TABLE users ADD COLUMN user_principal_name_words TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN display_name_folded TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN display_name_words TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN given_name_folded TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN surname_folded TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN mail_folded TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN job_title_folded TEXT COLLATE "C";
CREATE INDEX users_id ON users (tenant_id, id);
CREATE INDEX users_name ON users (tenant_id, display_name_folded, id);

-- The folded tags of applications and service principals, deleted ones too.
CREATE TABLE object_tags (
    object_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    folded TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (object_id, position)
);
CREATE INDEX object_tags_folded ON object_tags (folded, object_id);

-- Where it is set, the credential proves this service principal alone, and tenant_id is the service
-- principal's.
ALTER TABLE password_credentials ADD COLUMN service_principal_id TEXT
    REFERENCES service_principals (id) ON DELETE CASCADE;
ALTER TABLE key_credentials ADD COLUMN service_principal_id TEXT
    REFERENCES service_principals (id) ON DELETE CASCADE;
CREATE INDEX password_credentials_principal ON password_credentials (service_principal_id)
    WHERE service_principal_id IS NOT NULL;
CREATE INDEX key_credentials_principal ON key_credentials (service_principal_id)
    WHERE service_principal_id IS NOT NULL;

-- Both sides may be of several tables, so the program removes rows with their object or owner. Rows
-- of deleted applications stay.
CREATE TABLE owners (
    tenant_id TEXT NOT NULL,
    object_id TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    owner_kind TEXT NOT NULL,
    PRIMARY KEY (object_id, owner_id)
);
CREATE INDEX owners_owner ON owners (owner_id, object_id);

CREATE TABLE permission_grants (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES service_principals (id) ON DELETE CASCADE,
    principal_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    resource_id TEXT NOT NULL REFERENCES service_principals (id) ON DELETE CASCADE,
    scope TEXT NOT NULL
);
CREATE UNIQUE INDEX permission_grants_client
    ON permission_grants (client_id, resource_id, (COALESCE(principal_id, '')));
CREATE INDEX permission_grants_tenant ON permission_grants (tenant_id, id);
CREATE INDEX permission_grants_resource ON permission_grants (resource_id);
CREATE INDEX permission_grants_principal ON permission_grants (principal_id);

-- attached holds what went with it: assignments, owners, grants and its own credentials.
CREATE TABLE deleted_service_principals (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    account_enabled BOOLEAN NOT NULL,
    app_role_assignment_required BOOLEAN NOT NULL,
    details TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    with_application BOOLEAN NOT NULL,
    attached TEXT NOT NULL
);
CREATE INDEX deleted_service_principals_tenant ON deleted_service_principals (tenant_id, id);
CREATE INDEX deleted_service_principals_app ON deleted_service_principals (app_id);
CREATE INDEX deleted_service_principals_at ON deleted_service_principals (deleted_at);

CREATE INDEX app_role_assignments_principal ON app_role_assignments (principal_id, id);
DROP INDEX app_role_assignments_resource;
CREATE INDEX app_role_assignments_resource ON app_role_assignments (resource_id, id);

ALTER TABLE audit_records ADD COLUMN actor_service_principal_id TEXT;
ALTER TABLE audit_records ADD COLUMN targets TEXT NOT NULL DEFAULT '[]';
ALTER TABLE audit_records ADD COLUMN activity_folded TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX audit_records_at ON audit_records (tenant_id, at, number);
CREATE TABLE audit_targets (
    object_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (object_id, number)
);
