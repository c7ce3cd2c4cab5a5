-- Users whose account was deleted. Their row stays for their messages, without names and password.
ALTER TABLE users ADD COLUMN deleted_at BIGINT;
