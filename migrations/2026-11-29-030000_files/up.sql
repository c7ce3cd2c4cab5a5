-- Files: uploads in progress, finished uploads, and the files of messages.
CREATE TABLE files (
    id          INTEGER PRIMARY KEY,
    token       TEXT    NOT NULL UNIQUE,        -- random name in URLs
    user_id     BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id  BIGINT  REFERENCES messages (id) ON DELETE SET NULL,
    place       INTEGER NOT NULL DEFAULT 0,     -- order in the message
    name        TEXT    NOT NULL,               -- as the sender called it, without folders and control characters
    length      BIGINT  NOT NULL,               -- bytes that the sender announced
    size        BIGINT  NOT NULL,               -- bytes that are stored; the announced ones until the upload is finished
    media_type  TEXT    NOT NULL DEFAULT '',    -- by content
    hash        TEXT,                           -- SHA-256 of the stored bytes; NULL until the upload is finished
    width       INTEGER,                        -- of a picture, as it is displayed
    height      INTEGER,
    placeholder TEXT,                           -- colours of its blurred placeholder
    is_animated BOOLEAN NOT NULL DEFAULT 0,
    copies      INTEGER NOT NULL DEFAULT 0,     -- reduced copies: 1 small, 2 large
    alt         TEXT    NOT NULL DEFAULT '',    -- description of a picture
    created_at  BIGINT  NOT NULL,
    expires_at  BIGINT                          -- removed then; NULL while it belongs to a message
);
CREATE INDEX files_by_message ON files (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX files_by_user ON files (user_id, size);
CREATE INDEX files_unfinished ON files (user_id) WHERE hash IS NULL;
CREATE INDEX files_by_hash ON files (hash) WHERE hash IS NOT NULL;
CREATE INDEX files_without_message ON files (expires_at) WHERE message_id IS NULL;

ALTER TABLE messages ADD COLUMN files INTEGER NOT NULL DEFAULT 0; -- number of its files
