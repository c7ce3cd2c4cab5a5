-- Roles, suspension, settings that admins change while the server runs, and the log of what they did.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'member';          -- guest, member, moderator; admins have is_admin
ALTER TABLE users ADD COLUMN suspended_until BIGINT NOT NULL DEFAULT 0;    -- ms UTC; 9223372036854775807 has no end
ALTER TABLE users ADD COLUMN access_ends BIGINT;                           -- ms UTC, of a guest; NULL has no end

CREATE TABLE settings (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);
-- A server that people use already stays open.
INSERT INTO settings (key, value) SELECT 'registration', 'open' WHERE EXISTS (SELECT 1 FROM users);

-- Rows are never changed. The retention job deletes old ones.
CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at BIGINT NOT NULL,                          -- ms UTC
    actor_id BIGINT,                             -- NULL: the server, or its command line
    actor TEXT NOT NULL,                         -- username at that time; empty without one
    action TEXT NOT NULL,
    user_id BIGINT,                              -- user that it concerns
    room_id BIGINT,                              -- room that it concerns
    target TEXT NOT NULL DEFAULT '',             -- their names at that time, or another target
    details TEXT NOT NULL DEFAULT ''             -- in words
);
CREATE INDEX audit_log_by_user ON audit_log (user_id, id);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, id);
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
