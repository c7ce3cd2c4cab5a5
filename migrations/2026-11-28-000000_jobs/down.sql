-- Nothing is lost: the code before this change finds unfinished work by itself when it starts.
DROP TABLE jobs;
