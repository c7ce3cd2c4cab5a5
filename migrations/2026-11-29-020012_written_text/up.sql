-- How much text users wrote on the last day that they wrote much.
CREATE TABLE written_text (
    user_id BIGINT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    day     BIGINT NOT NULL,                -- since 1970, UTC
    bytes   BIGINT NOT NULL
);
