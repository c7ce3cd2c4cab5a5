-- Users whom a user does not want to hear from.
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, -- never reused: the newest one is part of a version
    blocker_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    blocked_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,                    -- ms UTC
    UNIQUE (blocker_id, blocked_id)
);
CREATE INDEX blocks_of_author ON blocks (blocked_id, blocker_id);
