-- How often all sessions of a user were ended. A sign-in reads it before it looks at what is shown, and
-- begins its session only if it is still the same.
ALTER TABLE users ADD COLUMN sessions_ended BIGINT NOT NULL DEFAULT 0;
