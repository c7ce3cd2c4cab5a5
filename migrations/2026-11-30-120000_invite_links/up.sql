-- Invite links: a URL with a token that lets people create an account or join rooms.
CREATE TABLE invite_links (
    id          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash  BLOB    NOT NULL UNIQUE,    -- SHA-256 of the token
    created_by  BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at  BIGINT  NOT NULL,           -- ms UTC
    expires_at  BIGINT,                     -- ms UTC; NULL: never
    max_uses    BIGINT,                     -- NULL: no limit
    uses        BIGINT  NOT NULL DEFAULT 0,
    note        TEXT    NOT NULL DEFAULT '',
    guest_until BIGINT,                     -- accounts are guests until then (ms UTC); NULL: members
    revoked_at  BIGINT                      -- ms UTC
);
CREATE INDEX invite_links_by_creator ON invite_links (created_by, id);

-- Rooms that people join through a link.
CREATE TABLE invite_link_rooms (
    link_id BIGINT NOT NULL REFERENCES invite_links (id) ON DELETE CASCADE,
    room_id BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    PRIMARY KEY (link_id, room_id)
);
CREATE INDEX invite_link_rooms_by_room ON invite_link_rooms (room_id);

-- Users who came through a link, once each.
CREATE TABLE invite_uses (
    link_id     BIGINT  NOT NULL REFERENCES invite_links (id) ON DELETE CASCADE,
    user_id     BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    used_at     BIGINT  NOT NULL,           -- ms UTC
    new_account BOOLEAN NOT NULL,           -- whether it created the account
    PRIMARY KEY (link_id, user_id)
);
CREATE INDEX invite_uses_by_user ON invite_uses (user_id);

ALTER TABLE users ADD COLUMN invited_by BIGINT;    -- user whose link created the account
