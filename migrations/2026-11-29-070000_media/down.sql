DROP INDEX files_by_poster;
ALTER TABLE files DROP COLUMN poster_height;
ALTER TABLE files DROP COLUMN poster_width;
ALTER TABLE files DROP COLUMN poster_hash;
ALTER TABLE files DROP COLUMN waveform;
ALTER TABLE files DROP COLUMN is_voice;
ALTER TABLE files DROP COLUMN duration;
