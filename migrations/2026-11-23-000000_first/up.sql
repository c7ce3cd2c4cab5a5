-- Times are integer milliseconds UTC. Deletions leave a tombstone row, so that they can be replayed.
CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    username      TEXT    NOT NULL,
    username_key  TEXT    NOT NULL UNIQUE,  -- case and look-alikes made equal
    username_look TEXT    NOT NULL UNIQUE,  -- what it looks like in capitals
    password_hash TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL
);

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash BLOB   NOT NULL UNIQUE,      -- SHA-256 of the token, never the token
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE rooms (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name       TEXT    NOT NULL,
    is_default BOOLEAN NOT NULL DEFAULT 0,  -- new accounts become members
    rev        BIGINT  NOT NULL DEFAULT 0,  -- counts every change in the room
    created_at BIGINT  NOT NULL
);

CREATE TABLE members (
    room_id   BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE messages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    room_id     BIGINT  NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    author_id   BIGINT  NOT NULL REFERENCES users (id),
    client_id   TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    place       INTEGER NOT NULL,           -- 0 continues a run, 1 begins a run, 2 begins a day
    created_rev BIGINT  NOT NULL,
    rev         BIGINT  NOT NULL,           -- the newest change of this message
    created_at  BIGINT  NOT NULL,
    edited_at   BIGINT,
    deleted_at  BIGINT,
    UNIQUE (author_id, client_id)
);
CREATE UNIQUE INDEX messages_by_rev ON messages (room_id, rev);
CREATE INDEX messages_by_room ON messages (room_id, id);

CREATE TABLE pulse (
    id INTEGER PRIMARY KEY NOT NULL,        -- one row, written by the health check
    at BIGINT NOT NULL
);

INSERT INTO pulse (id, at) VALUES (1, 0);
INSERT INTO rooms (id, name, is_default, created_at)
VALUES (1, 'Lobby', 1, CAST(strftime('%s', 'now') AS INTEGER) * 1000);
