-- First lines of a text file. A line feed at the end says that the file has more.
ALTER TABLE files ADD COLUMN preview TEXT;
-- Room of the message, for lists of files. Set when the file is posted.
ALTER TABLE files ADD COLUMN room_id BIGINT;
-- 1 picture, 2 video, 3 audio, 4 everything else. It follows from the type, so files of earlier versions have it, too.
ALTER TABLE files ADD COLUMN kind INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE substr(media_type, 1, 6) WHEN 'image/' THEN 1 WHEN 'video/' THEN 2 WHEN 'audio/' THEN 3 ELSE 4 END
) VIRTUAL;

UPDATE files SET room_id = (SELECT room_id FROM messages WHERE messages.id = files.message_id)
WHERE message_id IS NOT NULL;

-- Lists of files, newest first: of a room and of a person, of all kinds and of one.
CREATE INDEX files_of_room ON files (room_id, message_id DESC, place) WHERE message_id IS NOT NULL;
CREATE INDEX files_of_room_by_kind ON files (room_id, kind, message_id DESC, place) WHERE message_id IS NOT NULL;
CREATE INDEX files_of_person ON files (user_id, message_id DESC, place, room_id) WHERE message_id IS NOT NULL;
CREATE INDEX files_of_person_by_kind ON files (user_id, kind, message_id DESC, place, room_id)
WHERE message_id IS NOT NULL;

-- The tokens of messages with files have changed. If there are such messages, the index is made again in the background.
INSERT INTO words (words) SELECT 'delete-all' WHERE EXISTS (SELECT 1 FROM files WHERE message_id IS NOT NULL);
UPDATE upkeep SET done = 0 WHERE name = 'words' AND EXISTS (SELECT 1 FROM files WHERE message_id IS NOT NULL);
