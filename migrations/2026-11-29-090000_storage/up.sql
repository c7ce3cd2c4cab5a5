-- Storage: what reduced copies take, the metadata of uploads, and parts whose checksum is not known yet.
ALTER TABLE files ADD COLUMN copies_size BIGINT NOT NULL DEFAULT 0; -- bytes of the reduced copies
ALTER TABLE files ADD COLUMN metadata TEXT NOT NULL DEFAULT '';     -- header Upload-Metadata as sent
ALTER TABLE files ADD COLUMN unchecked_from BIGINT;                 -- offset of a part that is being received with a checksum
DROP INDEX files_by_user;
CREATE INDEX files_by_user ON files (user_id, size, copies_size);
CREATE INDEX files_by_size ON files (size) WHERE message_id IS NOT NULL;
