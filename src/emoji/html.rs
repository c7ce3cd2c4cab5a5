//! HTML of the custom emoji page.

use askama::Template;
use serde_json::{Value, json};

use super::{MAX, is_name, json::ListedEmojiJson, store::ListedEmoji};
use crate::{
    accounts::User,
    db::time,
    web::form_error::{FormError, sentence},
};

/// Change to confirm on the page, with the name of the emoji.
pub enum Outcome {
    Added(String),
    Removed(String),
}

/// Page that lists custom emoji and, for admins, has a form to add one.
#[derive(Template)]
#[template(path = "emoji/custom.html")]
pub struct EmojiPage {
    emoji: Vec<ListedEmoji>,
    is_admin: bool,
    outcome: Option<Outcome>,
    /// Name as typed.
    name: String,
    error: Option<FormError>,
}

impl EmojiPage {
    /// Creates the page for a user.
    pub fn new(user: &User, emoji: Vec<ListedEmoji>) -> EmojiPage {
        EmojiPage {
            emoji,
            is_admin: user.is_admin(),
            outcome: None,
            name: String::new(),
            error: None,
        }
    }

    /// Adds a confirmation. Ignored if the name isn't a valid emoji name, because it comes from the URL.
    pub fn with_outcome(mut self, outcome: Option<Outcome>) -> EmojiPage {
        self.outcome = outcome.filter(|outcome| match outcome {
            Outcome::Added(name) | Outcome::Removed(name) => is_name(name),
        });
        self
    }

    /// Adds an error and the typed name to the form.
    pub fn refused(mut self, name: String, error: FormError) -> EmojiPage {
        (self.name, self.error) = (name, Some(error));
        self
    }

    /// Returns the list as JSON.
    pub fn json(&self) -> Value {
        let emoji: Vec<ListedEmojiJson> = self.emoji.iter().map(ListedEmojiJson::from).collect();
        json!({ "emoji": emoji })
    }

    fn error_at(&self, field: &str) -> Option<String> {
        sentence(self.error.as_ref(), field)
    }

    fn has_room(&self) -> bool {
        (self.emoji.len() as i64) < MAX
    }
}

impl ListedEmoji {
    fn day(&self) -> String {
        time::day_label(self.created_at)
    }

    fn iso(&self) -> String {
        time::iso(self.created_at)
    }
}
