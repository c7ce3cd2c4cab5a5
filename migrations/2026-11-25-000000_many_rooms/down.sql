-- What came before knows open rooms only: closed rooms and conversations would be open to everyone.
CREATE TABLE there_are_rooms_that_would_be_opened (ok BOOLEAN NOT NULL CHECK (ok));
INSERT INTO there_are_rooms_that_would_be_opened
SELECT NOT EXISTS (SELECT 1 FROM rooms WHERE kind <> 0 OR deleted_at IS NOT NULL);
DROP TABLE there_are_rooms_that_would_be_opened;

DROP TABLE mentions;

DROP INDEX messages_by_room;
CREATE INDEX messages_by_room ON messages (room_id, id);

ALTER TABLE members DROP COLUMN is_favourite;
ALTER TABLE members DROP COLUMN is_hidden;
ALTER TABLE members DROP COLUMN notify;
ALTER TABLE members DROP COLUMN read_id;
ALTER TABLE members DROP COLUMN role;

DROP INDEX rooms_by_people;
DROP INDEX rooms_by_key;
ALTER TABLE rooms DROP COLUMN deleted_at;
ALTER TABLE rooms DROP COLUMN archived_at;
ALTER TABLE rooms DROP COLUMN people_key;
ALTER TABLE rooms DROP COLUMN name_key;
ALTER TABLE rooms DROP COLUMN topic;
ALTER TABLE rooms DROP COLUMN kind;

ALTER TABLE users DROP COLUMN is_admin;
ALTER TABLE users DROP COLUMN time_zone;
ALTER TABLE users DROP COLUMN about;
ALTER TABLE users DROP COLUMN display_name;
