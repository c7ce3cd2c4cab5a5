//! Page about the removal of an account: what goes, and the choice about the messages.

use askama::Template;

use crate::{
    accounts::DELETED_USER,
    db::{Conn, ids::UserId},
    error::Result,
    files, messages,
    people::Profile,
    web::form_error::{FormError, sentence},
};

/// Messages and files that a user has posted and that are not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostedTotals {
    pub messages: i64,
    pub files: i64,
}

impl PostedTotals {
    /// Counts the messages and files of a user.
    pub fn of(conn: &mut Conn, user: UserId) -> Result<PostedTotals> {
        Ok(PostedTotals {
            messages: messages::count_written(conn, user)?,
            files: files::count_posted(conn, user)?,
        })
    }

    /// The totals in words; `None` if there is nothing.
    fn words(self) -> Option<String> {
        let files = match self.files {
            1 => "1 file".into(),
            files => format!("{files} files"),
        };
        match (self.messages, self.files) {
            (0, 0) => None,
            (0, _) => Some(files),
            (1, 0) => Some("1 message".into()),
            (1, _) => Some(format!("1 message and {files}")),
            (messages, 0) => Some(format!("{messages} messages")),
            (messages, _) => Some(format!("{messages} messages and {files}")),
        }
    }
}

/// The form to remove an account.
#[derive(Template)]
#[template(path = "admin/removal.html")]
pub struct RemovalPage {
    pub profile: Profile,
    pub posted: PostedTotals,
    pub error: Option<FormError>,
}

impl RemovalPage {
    fn error_at(&self, field: &str) -> Option<String> {
        sentence(self.error.as_ref(), field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_in_words_with_singular_and_plural() {
        let words = |messages, files| PostedTotals { messages, files }.words();
        assert_eq!(words(0, 0), None);
        assert_eq!(words(0, 2).as_deref(), Some("2 files"));
        assert_eq!(words(1, 0).as_deref(), Some("1 message"));
        assert_eq!(words(1, 1).as_deref(), Some("1 message and 1 file"));
        assert_eq!(words(142, 0).as_deref(), Some("142 messages"));
        assert_eq!(words(142, 3).as_deref(), Some("142 messages and 3 files"));
    }
}
