-- The full-text index of what is said (src/db/words). It keeps no text, only which tokens stand in which
-- message; the tokens are made by the program, so that nothing but blanks divides them here.
CREATE VIRTUAL TABLE words USING fts5 (
    said,
    content = '',
    columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* S* C*'"
);
-- What is taken out leaves nothing behind.
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);

-- Messages up to `done` are in the index; those of before this change follow in the background.
INSERT INTO upkeep (name, done) VALUES ('words', 0);
