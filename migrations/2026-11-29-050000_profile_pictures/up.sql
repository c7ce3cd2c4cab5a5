-- Pictures of users and of rooms. A number is never used again, so an address always shows the same picture.
CREATE TABLE avatars (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    BIGINT  UNIQUE REFERENCES users (id) ON DELETE CASCADE,  -- one of the two has a value
    room_id    BIGINT  UNIQUE REFERENCES rooms (id) ON DELETE CASCADE,
    hash       TEXT    NOT NULL,               -- SHA-256 of the largest copy, which names all copies
    created_at BIGINT  NOT NULL
);
CREATE INDEX avatars_by_hash ON avatars (hash);

ALTER TABLE users ADD COLUMN avatar BIGINT;                -- number of the picture; NULL without one
ALTER TABLE rooms ADD COLUMN avatar BIGINT;
ALTER TABLE rooms ADD COLUMN emoji TEXT NOT NULL DEFAULT ''; -- shown before the name; empty without one
