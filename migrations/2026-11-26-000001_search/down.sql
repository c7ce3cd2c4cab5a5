-- Nothing is lost: the index is made anew from the messages.
DROP TABLE indexed;
DROP TABLE words;
