-- Rooms in which only owners and moderators post, slow mode, time-outs and bans.
ALTER TABLE rooms ADD COLUMN announcements BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE rooms ADD COLUMN slow_mode INTEGER NOT NULL DEFAULT 0;             -- seconds between two posts of a member
ALTER TABLE members ADD COLUMN timed_out_until BIGINT NOT NULL DEFAULT 0;      -- ms UTC
ALTER TABLE members ADD COLUMN posted_at BIGINT NOT NULL DEFAULT 0;            -- last post in slow mode, ms UTC

CREATE TABLE room_bans (
    room_id BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    banned_by BIGINT NOT NULL,
    banned_at BIGINT NOT NULL,                                                 -- ms UTC
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX room_bans_by_user ON room_bans (user_id);
