-- The letters of names now lack all accents. The next start stores them again.
UPDATE users SET username_letters = '', display_name_letters = '';
