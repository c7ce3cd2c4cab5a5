ALTER TABLE messages ADD COLUMN pinned_by BIGINT; -- the user who pinned it; unknown for pins of older code
