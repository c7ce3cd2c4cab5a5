-- Usernames that users gave up, which stay reserved for them for a while. Links and mentions with them lead to the user.
CREATE TABLE former_names (
    id               INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id          BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    username         TEXT   NOT NULL,
    username_key     TEXT   NOT NULL,    -- keys as in `users`
    username_look    TEXT   NOT NULL,
    username_letters TEXT   NOT NULL,
    reserved_until   BIGINT NOT NULL
);
CREATE INDEX former_names_by_key ON former_names (username_key);
CREATE INDEX former_names_by_look ON former_names (username_look);
CREATE INDEX former_names_by_letters ON former_names (username_letters);
CREATE INDEX former_names_by_end ON former_names (reserved_until);
