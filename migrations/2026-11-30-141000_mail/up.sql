-- Mails to send, and those of the last month. The letter of a mail that was sent is emptied.
CREATE TABLE mails (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    message_id TEXT   NOT NULL UNIQUE,      -- of the header Message-ID, the same for each attempt
    recipient  TEXT   NOT NULL,
    user_id    BIGINT REFERENCES users (id) ON DELETE CASCADE,
    letter     TEXT   NOT NULL,             -- JSON: what the mail says, without the tokens of its links if it has a user
    state      TEXT   NOT NULL,             -- waiting, sent, failed, obsolete
    error      TEXT   NOT NULL DEFAULT '',  -- last answer of the mail server
    created_at BIGINT NOT NULL,             -- ms UTC
    ended_at   BIGINT                       -- ms UTC
);
CREATE INDEX mails_by_end ON mails (ended_at);
CREATE INDEX mails_by_user ON mails (user_id);

-- Confirmed addresses.
CREATE TABLE email_addresses (
    user_id BIGINT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address TEXT   NOT NULL,
    key     TEXT   NOT NULL UNIQUE          -- in lower case
);

-- Addresses that wait for confirmation.
CREATE TABLE email_confirmations (
    user_id    BIGINT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address    TEXT   NOT NULL,
    token_hash BLOB,                        -- SHA-256 of the token, which is made when the mail is sent
    expires_at BIGINT NOT NULL              -- ms UTC
);
