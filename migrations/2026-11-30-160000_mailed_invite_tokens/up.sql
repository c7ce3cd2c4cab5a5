-- Tokens of invite links that were mailed: each mail has a token of its own, which is made when it is sent.
CREATE TABLE mailed_invite_tokens (
    token_hash BLOB   PRIMARY KEY NOT NULL,     -- SHA-256 of the token
    link_id    BIGINT NOT NULL REFERENCES invite_links (id) ON DELETE CASCADE
);
CREATE INDEX mailed_invite_tokens_by_link ON mailed_invite_tokens (link_id);
