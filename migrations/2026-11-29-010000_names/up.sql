-- Letters and numbers of both names of a user, with look-alikes made equal. Empty in rows that older code wrote, until a
-- job fills them.
ALTER TABLE users ADD COLUMN username_letters     TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN display_name_letters TEXT NOT NULL DEFAULT '';
CREATE INDEX users_by_username_letters ON users (username_letters);
CREATE INDEX users_by_display_name_letters ON users (display_name_letters);
