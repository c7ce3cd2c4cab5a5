DELETE FROM jobs WHERE kind = 'send_mail';
DROP TABLE email_confirmations;
DROP TABLE email_addresses;
DROP TABLE mails;
