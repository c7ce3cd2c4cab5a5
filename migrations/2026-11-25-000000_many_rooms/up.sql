-- Many rooms, direct messages, and how far everyone has read.
ALTER TABLE users ADD COLUMN display_name TEXT    NOT NULL DEFAULT '';  -- empty: the username
ALTER TABLE users ADD COLUMN about        TEXT    NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN time_zone    TEXT    NOT NULL DEFAULT '';  -- an IANA name, or empty
ALTER TABLE users ADD COLUMN is_admin     BOOLEAN NOT NULL DEFAULT 0;
UPDATE users SET is_admin = 1 WHERE id = (SELECT MIN(id) FROM users);

ALTER TABLE rooms ADD COLUMN kind        INTEGER NOT NULL DEFAULT 0;    -- 0 open, 1 closed, 2 direct
ALTER TABLE rooms ADD COLUMN topic       TEXT    NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN name_key    TEXT;                          -- case and look-alikes made equal; none for directs
ALTER TABLE rooms ADD COLUMN people_key  TEXT;                          -- of a direct: the ids of its people, ascending
ALTER TABLE rooms ADD COLUMN archived_at BIGINT;
ALTER TABLE rooms ADD COLUMN deleted_at  BIGINT;                        -- nobody's; its messages are being removed
UPDATE rooms SET name_key = 'lobby' WHERE id = 1;
CREATE UNIQUE INDEX rooms_by_key ON rooms (name_key);
CREATE UNIQUE INDEX rooms_by_people ON rooms (people_key);

ALTER TABLE members ADD COLUMN role         INTEGER NOT NULL DEFAULT 0; -- 0 member, 1 owner
ALTER TABLE members ADD COLUMN read_id      BIGINT  NOT NULL DEFAULT 0; -- the newest message that was seen
ALTER TABLE members ADD COLUMN notify       INTEGER NOT NULL DEFAULT 0; -- 0 everything, 1 mentions, 2 nothing
ALTER TABLE members ADD COLUMN is_hidden    BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN is_favourite BOOLEAN NOT NULL DEFAULT 0;
UPDATE members SET read_id = COALESCE(
    (SELECT MAX(id) FROM messages WHERE messages.room_id = members.room_id), 0);

-- Counts of unread messages come from this index alone.
DROP INDEX messages_by_room;
CREATE INDEX messages_by_room ON messages (room_id, id, author_id, deleted_at);

CREATE TABLE mentions (
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room_id    BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, room_id, message_id)
);
CREATE INDEX mentions_by_message ON mentions (message_id);
CREATE INDEX mentions_by_room ON mentions (room_id);
