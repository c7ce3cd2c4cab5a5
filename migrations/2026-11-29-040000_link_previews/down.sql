ALTER TABLE messages DROP COLUMN previews;
DROP TABLE message_previews;
DROP TABLE link_previews;
