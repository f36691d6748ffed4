-- What tells tokens that were withdrawn before their end, until the last of them has ended. The mark
-- is a hash of what the tokens have in common, in base64url; revoking the same thing again replaces
-- the row, so that there are no more rows than things.
CREATE TABLE revocations (
    tenant_id TEXT NOT NULL,
    mark TEXT COLLATE "C" NOT NULL,
    -- Of the commit, as in the list of changes.
    number BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, mark)
);
CREATE INDEX revocations_newest ON revocations (tenant_id, revoked_at);
CREATE INDEX revocations_oldest ON revocations (revoked_at);
