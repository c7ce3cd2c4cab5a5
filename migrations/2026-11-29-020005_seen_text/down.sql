INSERT INTO words (words) VALUES ('delete-all');
UPDATE upkeep SET done = 0 WHERE name = 'words';
ALTER TABLE messages DROP COLUMN seen;
