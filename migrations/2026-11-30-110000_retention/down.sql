ALTER TABLE messages DROP COLUMN expired;
ALTER TABLE rooms DROP COLUMN retention_days;
