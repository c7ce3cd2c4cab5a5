INSERT INTO words (words) SELECT 'delete-all' WHERE EXISTS (SELECT 1 FROM files WHERE message_id IS NOT NULL);
UPDATE upkeep SET done = 0 WHERE name = 'words' AND EXISTS (SELECT 1 FROM files WHERE message_id IS NOT NULL);
DROP INDEX files_of_person_by_kind;
DROP INDEX files_of_person;
DROP INDEX files_of_room_by_kind;
DROP INDEX files_of_room;
ALTER TABLE files DROP COLUMN kind;
ALTER TABLE files DROP COLUMN room_id;
ALTER TABLE files DROP COLUMN preview;
