-- Work that is done in the background and survives a restart.
CREATE TABLE jobs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind       TEXT    NOT NULL,            -- names the handler
    payload    TEXT    NOT NULL,            -- the handler's argument; empty if it takes none
    run_at     BIGINT  NOT NULL,            -- not run before this time
    attempts   INTEGER NOT NULL DEFAULT 0,  -- failed runs
    last_error TEXT                         -- of the last failed run
);
CREATE INDEX jobs_by_time ON jobs (run_at);
CREATE INDEX jobs_by_kind ON jobs (kind);
