DROP INDEX users_by_display_name_letters;
DROP INDEX users_by_username_letters;
ALTER TABLE users DROP COLUMN display_name_letters;
ALTER TABLE users DROP COLUMN username_letters;
