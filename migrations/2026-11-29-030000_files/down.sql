ALTER TABLE messages DROP COLUMN files;
DROP TABLE files;
