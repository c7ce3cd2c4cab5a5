-- Passkeys (WebAuthn credentials) of users.
CREATE TABLE passkeys (
    id            INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id       BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id BLOB    NOT NULL UNIQUE,    -- chosen by the authenticator
    host          TEXT    NOT NULL,           -- host of the pages for which it was made
    algorithm     INTEGER NOT NULL,           -- COSE: -7 ES256, -8 EdDSA, -257 RS256
    public_key    BLOB    NOT NULL,
    uses          BIGINT  NOT NULL,           -- signature counter of the authenticator; 0 if it has none
    name          TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    used_at       BIGINT                      -- NULL until the first log-in
);
CREATE INDEX passkeys_by_user ON passkeys (user_id);
-- Challenges that were given out and not used yet, for five minutes.
CREATE TABLE passkey_challenges (
    id             INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    challenge_hash BLOB   NOT NULL UNIQUE,    -- SHA-256
    bound_to       BLOB   NOT NULL,           -- SHA-256 of the log-in or the session that may use it
    expires_at     BIGINT NOT NULL
);
CREATE INDEX passkey_challenges_by_end ON passkey_challenges (expires_at);
