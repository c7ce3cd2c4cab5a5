-- Pictures whose metadata could not be removed, such as damaged ones. Files of earlier versions do not tell.
ALTER TABLE files ADD COLUMN keeps_metadata BOOLEAN NOT NULL DEFAULT 0;
