ALTER TABLE members DROP COLUMN origin;
DROP TABLE invitations;
