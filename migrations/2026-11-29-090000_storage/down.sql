DROP INDEX files_by_size;
DROP INDEX files_by_user;
CREATE INDEX files_by_user ON files (user_id, size);
ALTER TABLE files DROP COLUMN unchecked_from;
ALTER TABLE files DROP COLUMN metadata;
ALTER TABLE files DROP COLUMN copies_size;
