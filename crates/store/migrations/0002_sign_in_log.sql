-- Ids of sign-ins begin with the time (UUIDv7), so the primary key is in the order of time already.
DROP INDEX sign_ins_at;
