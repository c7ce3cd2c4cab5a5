DROP INDEX mentions_late;
ALTER TABLE mentions DROP COLUMN is_late;
