-- What was answered in threads stands among the other messages again; the rest of it is lost.
DROP TABLE upkeep;
DROP TABLE saved;
DROP TABLE follows;
DROP TABLE reactions;
DROP TABLE edits;

DROP INDEX messages_pinned;
DROP INDEX messages_that_call;
DROP INDEX messages_by_reply;
DROP INDEX messages_by_thread;
DROP INDEX messages_by_room;
CREATE INDEX messages_by_room ON messages (room_id, id, author_id, deleted_at);

ALTER TABLE messages DROP COLUMN pinned_at;
ALTER TABLE messages DROP COLUMN calls;
ALTER TABLE messages DROP COLUMN last_answer;
ALTER TABLE messages DROP COLUMN answers;
ALTER TABLE messages DROP COLUMN thread_id;
ALTER TABLE messages DROP COLUMN reply_to;
ALTER TABLE messages DROP COLUMN html_version;
ALTER TABLE messages DROP COLUMN html;
