//! Texts of mails: plain text and HTML with the same content.

use askama::Template;

use super::Letter;
use crate::{db::time, error::Result};

/// Subject and both forms of a mail.
pub struct MailTexts {
    pub subject: String,
    pub plain: String,
    pub html: String,
}

/// Content of both templates.
struct LetterContent {
    /// Name of the server.
    place: String,
    subject: String,
    /// Paragraphs before the link.
    paragraphs: Vec<String>,
    /// Label and URL.
    link: (&'static str, String),
    /// Last paragraph.
    note: &'static str,
    /// URL of the server.
    server: String,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct HtmlMail<'a> {
    content: &'a LetterContent,
}

#[derive(Template)]
#[template(path = "mail/letter.txt", escape = "none")]
struct PlainMail<'a> {
    content: &'a LetterContent,
}

/// Renders a letter of the server `place` at the URL `server`, with the link that was made for it.
pub fn texts(letter: &Letter, (place, server): (&str, &str), link: String) -> Result<MailTexts> {
    let content = content(letter, (place, server), link);
    Ok(MailTexts {
        plain: PlainMail { content: &content }.render()?,
        html: HtmlMail { content: &content }.render()?,
        subject: content.subject,
    })
}

fn content(letter: &Letter, (place, server): (&str, &str), link: String) -> LetterContent {
    let (subject, paragraphs, label, note) = match letter {
        Letter::Invitation { inviter, .. } => (
            format!("{inviter} invited you to {place}"),
            vec![format!("{inviter} invited you to chat on {place}.")],
            "Accept the invitation",
            "If you don’t know the sender, ignore this mail.",
        ),
        Letter::PasswordReset { username } => (
            format!("Choose a new password for {place}"),
            vec![
                format!("A new password was requested for your account {username} on {place}."),
                "The link works once, for one hour.".into(),
            ],
            "Choose a new password",
            "If you didn’t ask for this, ignore this mail. Your password stays the same.",
        ),
        Letter::AddressConfirmation { username, .. } => (
            format!("Confirm your e-mail address for {place}"),
            vec![
                format!("This address was added to the account {username} on {place}."),
                "The link works for one day, in a browser in which you’re logged in to that account."
                    .into(),
            ],
            "Confirm address",
            "If you didn’t ask for this, ignore this mail.",
        ),
        Letter::NewLogIn {
            username,
            device,
            address,
            at,
        } => {
            let (day, clock) = (time::day_label(*at), time::clock(*at));
            (
                format!("New log-in to {place}"),
                vec![
                    format!("Your account {username} on {place} was used in a new browser or app."),
                    format!("{device}, from {address}, on {day} at {clock} UTC."),
                ],
                "Check your devices",
                "If it was you, ignore this mail. If not, change your password on your account page.",
            )
        }
    };
    let url = match letter {
        Letter::NewLogIn { .. } => format!("{server}/account"),
        _ => link,
    };
    LetterContent {
        place: place.into(),
        subject,
        paragraphs,
        link: (label, url),
        note,
        server: server.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::ids::InviteLinkId;

    #[test]
    fn names_are_escaped_in_html_and_not_in_plain_text() {
        let letter = Letter::Invitation {
            link: InviteLinkId(1),
            inviter: "<b>Ada</b> & Söhne".into(),
        };
        let link = "https://chat.test/invite/x".into();
        let texts = texts(&letter, ("Chess", "https://chat.test"), link).expect("a mail");
        assert!(texts.plain.contains("<b>Ada</b> & Söhne invited you"));
        assert!(!texts.html.contains("<b>Ada"), "{}", texts.html);
        for text in [&texts.plain, &texts.html] {
            assert!(text.contains("https://chat.test/invite/x"), "{text}");
        }
    }
}
