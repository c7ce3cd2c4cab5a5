-- The messages whose time is earlier than that of the message before, because the clock of the server was set back.
-- Between two of them, ids are in the order of time.
CREATE TABLE clock_steps (
    message_id BIGINT PRIMARY KEY NOT NULL
);
INSERT INTO clock_steps (message_id)
SELECT id FROM (SELECT id, created_at, LAG(created_at) OVER (ORDER BY id) AS before FROM messages) AS sent
WHERE created_at < before;
