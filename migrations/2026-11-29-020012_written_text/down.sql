DROP TABLE written_text;
