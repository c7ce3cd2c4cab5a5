//! Files that arrive with a form, and their removal if the message isn't posted.

use crate::{
    db::ids::UserId,
    error::Error,
    files::{Files, sanitized},
};

/// Files of one form.
#[derive(Default)]
pub struct FormFiles {
    /// Ids of the files that have been received. They are finished uploads.
    pub received: Vec<String>,
    /// Name of the file that was refused.
    refused: Option<String>,
}

impl FormFiles {
    /// Records that a file was refused.
    pub fn refuse(&mut self, name: &str) {
        self.refused = Some(sanitized(name));
    }

    /// Removes the received files. Those that were posted stay.
    pub async fn remove(&self, files: &Files, user: UserId) {
        for id in &self.received {
            match files.cancel(user, id).await {
                Ok(()) | Err(Error::NotFound) => {}
                Err(error) => tracing::warn!(%error, "a file of a form could not be removed"),
            }
        }
    }

    /// Explains on a page why the form was refused. Browsers keep no chosen files, so they must be chosen again.
    pub fn reason(&self, error: &Error) -> String {
        match (&self.refused, error) {
            (Some(name), Error::FileTooLarge(_)) => {
                format!("“{name}” is too large. {error} Choose your files again.")
            }
            (None, error) if self.received.is_empty() => error.to_string(),
            (_, error) => format!("{error} Choose your files again."),
        }
    }
}
