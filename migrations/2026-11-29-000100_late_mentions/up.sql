-- Mentions that an edit added to a message that the user had read already. They are unread until the room or thread is
-- marked as read again.
ALTER TABLE mentions ADD COLUMN is_late BOOLEAN NOT NULL DEFAULT 0;
CREATE INDEX mentions_late ON mentions (user_id, room_id, message_id) WHERE is_late = 1;
