-- Users who were asked to join a closed room, at most one row for a user and a room.
CREATE TABLE invitations (
    room_id     BIGINT  NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id     BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    invited_by  BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    invited_at  BIGINT  NOT NULL,
    declined_at BIGINT,                     -- not invited again for a while
    is_listed   BOOLEAN NOT NULL DEFAULT 1, -- whether the room shows it among its invitations
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX invitations_by_user ON invitations (user_id, declined_at);

-- How a user became a member: 0 by choice, 1 added by a stranger, 2 with the account.
ALTER TABLE members ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;
UPDATE members SET origin = 2 WHERE room_id IN (SELECT id FROM rooms WHERE is_default = 1);
