-- Nothing is lost: the index is made anew from the messages.
DELETE FROM upkeep WHERE name = 'words';
DROP TABLE words;
