DROP TABLE audit_log;
DROP TABLE settings;
ALTER TABLE users DROP COLUMN access_ends;
ALTER TABLE users DROP COLUMN suspended_until;
ALTER TABLE users DROP COLUMN role;
