ALTER TABLE files DROP COLUMN keeps_metadata;
