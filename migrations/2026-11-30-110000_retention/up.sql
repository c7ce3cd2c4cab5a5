-- Messages that are erased after some days.
ALTER TABLE rooms ADD COLUMN retention_days BIGINT NOT NULL DEFAULT 0;   -- 0: the setting of the server
ALTER TABLE messages ADD COLUMN expired BOOLEAN NOT NULL DEFAULT 0;      -- erased because of its age; not listed
