-- Messages that are formatted, edited, deleted, answered, reacted to, pinned and saved.
ALTER TABLE messages ADD COLUMN html         TEXT    NOT NULL DEFAULT '';  -- rendered from the body
ALTER TABLE messages ADD COLUMN html_version INTEGER NOT NULL DEFAULT 0;   -- by this version of the renderer; 0: not yet
ALTER TABLE messages ADD COLUMN reply_to     BIGINT;                       -- the message that it quotes
ALTER TABLE messages ADD COLUMN thread_id    BIGINT;                       -- of an answer: the message that its thread is about
ALTER TABLE messages ADD COLUMN answers      BIGINT  NOT NULL DEFAULT 0;   -- what is left of the answers in its thread
ALTER TABLE messages ADD COLUMN last_answer  BIGINT;                       -- the newest of them
ALTER TABLE messages ADD COLUMN calls        INTEGER NOT NULL DEFAULT 0;   -- 1: everybody in the room, 2: those who were here
ALTER TABLE messages ADD COLUMN pinned_at    BIGINT;

-- Counts of unread messages come from this index alone.
DROP INDEX messages_by_room;
CREATE INDEX messages_by_room ON messages (room_id, id, author_id, deleted_at, thread_id);
CREATE INDEX messages_by_thread ON messages (thread_id, id, author_id, deleted_at) WHERE thread_id IS NOT NULL;
CREATE INDEX messages_by_reply ON messages (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX messages_that_call ON messages (room_id, id, author_id, deleted_at) WHERE calls = 1;
CREATE INDEX messages_pinned ON messages (room_id, pinned_at) WHERE pinned_at IS NOT NULL;

-- What a message said before.
CREATE TABLE edits (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    rev        BIGINT NOT NULL,             -- the message's newest change while it said so
    body       TEXT   NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, rev)
);

CREATE TABLE reactions (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    emoji      TEXT   NOT NULL,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
);
CREATE INDEX reactions_by_user ON reactions (user_id);

-- Who follows a thread, and how far they have read it.
CREATE TABLE follows (
    user_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room_id   BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    thread_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    following BOOLEAN NOT NULL,             -- 0: they said no, and an answer of theirs does not change that
    read_id   BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id, thread_id)
);
CREATE INDEX follows_by_thread ON follows (thread_id);
CREATE INDEX follows_by_room ON follows (room_id);

CREATE TABLE saved (
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    saved_at   BIGINT NOT NULL,
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX saved_by_message ON saved (message_id);

-- What is done in the background, and up to which message it has come.
CREATE TABLE upkeep (
    name TEXT   PRIMARY KEY NOT NULL,
    done BIGINT NOT NULL
);
