-- Details of sounds and videos as the browser of the sender read them, and posters of videos.
ALTER TABLE files ADD COLUMN duration INTEGER;                      -- ms
ALTER TABLE files ADD COLUMN is_voice BOOLEAN NOT NULL DEFAULT 0;   -- a voice message
ALTER TABLE files ADD COLUMN waveform TEXT;                         -- of a voice message: numbers 0 to 31 with commas
ALTER TABLE files ADD COLUMN poster_hash TEXT;                      -- SHA-256 of the stored poster
ALTER TABLE files ADD COLUMN poster_width INTEGER;                  -- px
ALTER TABLE files ADD COLUMN poster_height INTEGER;
CREATE INDEX files_by_poster ON files (poster_hash) WHERE poster_hash IS NOT NULL;
