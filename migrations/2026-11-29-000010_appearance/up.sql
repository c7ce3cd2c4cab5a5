-- How each user wants pages to look.
ALTER TABLE users ADD COLUMN theme   TEXT NOT NULL DEFAULT 'system';      -- or 'light', 'dark'
ALTER TABLE users ADD COLUMN density TEXT NOT NULL DEFAULT 'comfortable'; -- or 'compact'
ALTER TABLE users ADD COLUMN clock   TEXT NOT NULL DEFAULT 'locale';      -- or '12', '24'
