UPDATE users SET username_letters = '', display_name_letters = '';
