ALTER TABLE users DROP COLUMN invited_by;
DROP TABLE invite_uses;
DROP TABLE invite_link_rooms;
DROP TABLE invite_links;
