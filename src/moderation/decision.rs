//! Decisions about reports.

use serde::Deserialize;

use crate::{
    accounts::Suspension,
    error::{Error, Result},
    web::form_values::{Flag, Number},
};

/// Longest text for the author (characters).
const MAX_NOTE: usize = 500;

/// Fields of a decision.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    action: String,
    /// Days of a suspension: 1 or 7.
    days: Option<Number>,
    /// Text for the author of the message.
    note: String,
    /// Whether to delete the message as well.
    delete_message: Option<Flag>,
}

/// Decision about a report.
#[derive(Clone, Debug)]
pub struct Decision {
    pub verdict: Verdict,
    /// Whether the message is deleted.
    pub deletes: bool,
    /// Text for the author of the message; may be empty.
    pub note: String,
}

/// The main action of a decision.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Delete the message.
    Delete,
    /// Warn the author.
    Warn,
    /// Suspend the author for a number of days.
    Suspend(i64, Suspension),
    /// Do nothing.
    Dismiss,
}

impl DecisionForm {
    /// The decision of a moderator.
    ///
    /// # Errors
    /// `Invalid` for an unknown action, another number of days than 1 or 7, and a text of more than 500 characters.
    pub fn parse(self) -> Result<Decision> {
        let invalid = |why: &str| Error::Invalid(why.into());
        let note = self.note.trim().to_owned();
        if note.chars().count() > MAX_NOTE {
            return Err(invalid("The note can be at most 500 characters."));
        }
        let verdict = match &*self.action {
            "delete" => Verdict::Delete,
            "warn" => Verdict::Warn,
            "suspend" => match self.days.as_ref().and_then(Number::value) {
                Some(days @ (1 | 7)) => {
                    Verdict::Suspend(days, Suspension::parse(Some(days), "after a report")?)
                }
                _ => return Err(invalid("Choose 1 or 7 days.")),
            },
            "dismiss" => Verdict::Dismiss,
            _ => {
                let why = "Choose one of these actions: delete, warn, suspend, dismiss.";
                return Err(invalid(why));
            }
        };
        let deletes = match verdict {
            Verdict::Delete => true,
            Verdict::Dismiss => false,
            _ => Flag::optional(self.delete_message.as_ref())?.unwrap_or_default(),
        };
        Ok(Decision {
            verdict,
            deletes,
            note,
        })
    }
}

impl Decision {
    /// Name of its action in JSON and in the database.
    pub fn name(&self) -> &'static str {
        match self.verdict {
            Verdict::Delete => "delete",
            Verdict::Warn => "warn",
            Verdict::Suspend(..) => "suspend",
            Verdict::Dismiss => "dismiss",
        }
    }

    /// Sentences for the reporter.
    pub fn words_for_reporter(&self) -> &'static str {
        match (&self.verdict, self.deletes) {
            (Verdict::Delete, _) => "Thanks for your report. The message was removed.",
            (Verdict::Warn, true) => {
                "Thanks for your report. The message was removed, and its author was warned."
            }
            (Verdict::Warn, false) => "Thanks for your report. The author was warned.",
            (Verdict::Suspend(..), true) => {
                "Thanks for your report. The message was removed, and its author was suspended."
            }
            (Verdict::Suspend(..), false) => "Thanks for your report. The author was suspended.",
            (Verdict::Dismiss, _) => {
                "Thanks for your report. A moderator looked at the message and decided that it can stay."
            }
        }
    }

    /// Sentences for the author of the message; `None` if they are not told.
    pub fn words_for_author(&self) -> Option<String> {
        let words = match (&self.verdict, self.deletes) {
            (Verdict::Warn, true) => {
                "A moderator removed this message and warns you about it.".into()
            }
            (Verdict::Warn, false) => "A moderator warns you about this message.".into(),
            (Verdict::Suspend(1, _), _) => {
                "You were suspended for 1 day because of this message.".into()
            }
            (Verdict::Suspend(days, _), _) => {
                format!("You were suspended for {days} days because of this message.")
            }
            _ => return None,
        };
        Some(match &*self.note {
            "" => words,
            note => format!("{words} {note}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(form: serde_json::Value) -> Result<Decision> {
        let form: DecisionForm = serde_json::from_value(form).expect("fields of a decision");
        form.parse()
    }

    #[test]
    fn a_decision_has_one_of_four_actions() {
        for (form, name, deletes) in [
            (json!({"action": "delete"}), "delete", true),
            (json!({"action": "warn"}), "warn", false),
            (
                json!({"action": "warn", "delete_message": "on"}),
                "warn",
                true,
            ),
            (json!({"action": "suspend", "days": "7"}), "suspend", false),
            (
                json!({"action": "dismiss", "delete_message": true}),
                "dismiss",
                false,
            ),
        ] {
            let decision = parse(form).expect("a valid decision");
            assert_eq!((decision.name(), decision.deletes), (name, deletes));
        }
    }

    #[test]
    fn other_actions_durations_and_long_notes_are_refused() {
        for form in [
            json!({}),
            json!({"action": "ban"}),
            json!({"action": "suspend"}),
            json!({"action": "suspend", "days": 30}),
            json!({"action": "warn", "note": "x".repeat(501)}),
        ] {
            assert!(matches!(parse(form), Err(Error::Invalid(_))));
        }
    }
}
