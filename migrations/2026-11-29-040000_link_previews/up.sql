-- Link previews: what a page behind an address says about itself, and the messages that show it.
CREATE TABLE link_previews (
    id          INTEGER PRIMARY KEY,
    url         TEXT    NOT NULL,               -- as in the message
    fetched_at  BIGINT  NOT NULL,
    is_found    BOOLEAN NOT NULL,               -- whether there is something to show
    title       TEXT    NOT NULL DEFAULT '',
    description TEXT    NOT NULL DEFAULT '',
    site        TEXT    NOT NULL DEFAULT '',
    picture     TEXT,                           -- SHA-256 of the reduced picture
    width       INTEGER NOT NULL DEFAULT 0,     -- of the picture
    height      INTEGER NOT NULL DEFAULT 0,
    room_id     BIGINT,                         -- of a message of this server
    quoted_id   BIGINT                          -- that message
);
CREATE INDEX link_previews_by_url ON link_previews (url, fetched_at);
CREATE INDEX link_previews_by_picture ON link_previews (picture) WHERE picture IS NOT NULL;

CREATE TABLE message_previews (
    message_id BIGINT  NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    place      INTEGER NOT NULL,                -- order in the message
    preview_id BIGINT  NOT NULL REFERENCES link_previews (id),
    is_removed BOOLEAN NOT NULL DEFAULT 0,      -- by the author or a moderator
    PRIMARY KEY (message_id, place)
);
CREATE INDEX message_previews_by_preview ON message_previews (preview_id);

ALTER TABLE messages ADD COLUMN previews INTEGER NOT NULL DEFAULT 0; -- number of its rows in message_previews
