DROP TABLE pulse;
DROP TABLE messages;
DROP TABLE members;
DROP TABLE rooms;
DROP TABLE sessions;
DROP TABLE users;
