-- Second factor of an account: one-time passwords of an app (RFC 6238), and codes for the loss of the app.
CREATE TABLE second_factors (
    user_id      BIGINT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret       BLOB   NOT NULL,             -- 160 bits, readable: each check computes codes from it
    created_at   BIGINT NOT NULL,
    confirmed_at BIGINT,                      -- NULL until a first code was entered; only then it counts
    last_step    BIGINT NOT NULL DEFAULT 0    -- step of the code used last, so that no code works twice
);
CREATE TABLE recovery_codes (
    id        INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash BLOB   NOT NULL                 -- SHA-256 of the code, never the code; deleted when it is used
);
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);
-- Log-ins whose password was right, until the second factor is, or for five minutes.
CREATE TABLE pending_log_ins (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash BLOB   NOT NULL UNIQUE,        -- SHA-256 of the token, never the token
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pending_log_ins_by_user ON pending_log_ins (user_id);
CREATE INDEX pending_log_ins_by_end ON pending_log_ins (expires_at);
