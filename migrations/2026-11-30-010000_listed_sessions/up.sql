-- Tell the owner of an account which sessions are open, and when the password was last entered in each.
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';      -- `User-Agent` of the log-in
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';         -- of the log-in; IPv6 as its /64 network
ALTER TABLE sessions ADD COLUMN confirmed_at BIGINT NOT NULL DEFAULT 0;   -- ms UTC
