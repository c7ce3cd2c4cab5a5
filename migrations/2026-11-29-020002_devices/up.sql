-- Browsers in which a user has logged in before. Failed log-ins of others with the same name do not keep them out.
CREATE TABLE devices (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash BLOB   NOT NULL UNIQUE,      -- SHA-256 of the cookie, never the cookie
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX devices_by_user ON devices (user_id, seen_at);
