DROP TABLE mailed_invite_tokens;
