DROP TABLE room_bans;
ALTER TABLE members DROP COLUMN posted_at;
ALTER TABLE members DROP COLUMN timed_out_until;
ALTER TABLE rooms DROP COLUMN slow_mode;
ALTER TABLE rooms DROP COLUMN announcements;
