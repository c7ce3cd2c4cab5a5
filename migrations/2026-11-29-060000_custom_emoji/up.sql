-- Emoji that admins have added to the standard ones.
CREATE TABLE emoji (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,        -- between the colons
    token       TEXT    NOT NULL UNIQUE,        -- random name in the URL of its picture
    hash        TEXT    NOT NULL,               -- SHA-256 of the stored picture
    size        BIGINT  NOT NULL,               -- bytes of the stored picture
    is_animated BOOLEAN NOT NULL DEFAULT 0,
    added_by    BIGINT  REFERENCES users (id) ON DELETE SET NULL,
    created_at  BIGINT  NOT NULL
);
CREATE INDEX emoji_by_hash ON emoji (hash);
