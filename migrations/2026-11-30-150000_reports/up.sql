-- Reports of messages for moderators, and notices of moderators for users.
-- The text is stored with the report, because the message may be edited or deleted. No foreign keys: a report outlives
-- its message, its room and its people.
CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    room_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    author_id BIGINT NOT NULL,
    reporter_id BIGINT NOT NULL,
    reason TEXT NOT NULL,                        -- spam, harassment, other
    details TEXT NOT NULL DEFAULT '',            -- of the reporter
    body TEXT NOT NULL,                          -- the message as it was reported
    written_at BIGINT NOT NULL,                  -- ms UTC, of the message
    reported_at BIGINT NOT NULL,                 -- ms UTC
    resolved_at BIGINT,                          -- ms UTC; NULL while it is open
    resolved_by BIGINT,
    outcome TEXT NOT NULL DEFAULT '',            -- delete, warn, suspend, dismiss; empty while it is open
    is_deleted BOOLEAN NOT NULL DEFAULT FALSE    -- whether the decision deleted the message
);
CREATE UNIQUE INDEX reports_open ON reports (message_id, reporter_id) WHERE resolved_at IS NULL;
CREATE INDEX reports_resolved ON reports (resolved_at) WHERE resolved_at IS NOT NULL;

CREATE TABLE notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    excerpt TEXT NOT NULL DEFAULT '',            -- of the message that it is about
    created_at BIGINT NOT NULL                   -- ms UTC
);
CREATE INDEX notices_by_user ON notices (user_id, id);
