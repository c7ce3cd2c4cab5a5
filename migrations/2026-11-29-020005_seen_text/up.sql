-- The text of a message as readers see it, which searches find; null if it is the body.
ALTER TABLE messages ADD COLUMN seen TEXT;
-- The tokens of the index have changed: it is made again in the background.
INSERT INTO words (words) VALUES ('delete-all');
UPDATE upkeep SET done = 0 WHERE name = 'words';
