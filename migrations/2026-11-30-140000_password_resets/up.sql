-- Links to choose a new password. A row stays for a day after its end, so that an old link says why it does not work.
CREATE TABLE password_resets (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash BLOB   NOT NULL UNIQUE,      -- SHA-256 of the token, never the token
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,             -- ms UTC
    used_at    BIGINT                       -- ms UTC
);
CREATE INDEX password_resets_by_user ON password_resets (user_id, id);
CREATE INDEX password_resets_by_end ON password_resets (expires_at);
