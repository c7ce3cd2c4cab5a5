//! Decisions about reports.

use serde::Deserialize;

use crate::{
    accounts::Suspension,
    error::{Error, Result},
    rooms,
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
    /// Minutes of a time-out.
    minutes: Option<Number>,
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
    /// Keep the author from posting in the room of the message for a number of minutes.
    TimeOut(i64),
    /// Suspend the author for a number of days.
    Suspend(i64, Suspension),
    /// Do nothing.
    Dismiss,
}

impl DecisionForm {
    /// The decision of a moderator.
    ///
    /// # Errors
    /// `Invalid` for an unknown action, another number of days than 1 or 7, a time-out of no minutes or of more than four
    /// weeks, and a text of more than 500 characters.
    pub fn parse(self) -> Result<Decision> {
        let invalid = |why: &str| Error::Invalid(why.into());
        let note = self.note.trim().to_owned();
        if note.chars().count() > MAX_NOTE {
            return Err(invalid("The note can be at most 500 characters."));
        }
        let verdict = match &*self.action {
            "delete" => Verdict::Delete,
            "warn" => Verdict::Warn,
            "time_out" => {
                // No number is refused like 0.
                let minutes = self.minutes.as_ref().and_then(Number::value);
                let minutes = minutes.unwrap_or_default();
                rooms::check_minutes(minutes)?;
                Verdict::TimeOut(minutes)
            }
            "suspend" => match self.days.as_ref().and_then(Number::value) {
                Some(days @ (1 | 7)) => {
                    Verdict::Suspend(days, Suspension::parse(Some(days), "after a report")?)
                }
                _ => return Err(invalid("Choose 1 or 7 days.")),
            },
            "dismiss" => Verdict::Dismiss,
            _ => {
                return Err(invalid(
                    "Choose one of these actions: delete, warn, time_out, suspend, dismiss.",
                ));
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
            Verdict::TimeOut(_) => "time_out",
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
            (Verdict::TimeOut(_), true) => {
                "Thanks for your report. The message was removed, and its author was timed out."
            }
            (Verdict::TimeOut(_), false) => "Thanks for your report. The author was timed out.",
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
            (Verdict::TimeOut(minutes), _) => {
                let time = duration(*minutes);
                format!("You were timed out for {time} because of this message.")
            }
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

/// A number of minutes in words.
pub fn duration(minutes: i64) -> String {
    let (number, unit) = match minutes {
        _ if minutes % (24 * 60) == 0 => (minutes / (24 * 60), "day"),
        _ if minutes % 60 == 0 => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    match number {
        1 => format!("1 {unit}"),
        number => format!("{number} {unit}s"),
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
    fn a_decision_has_one_of_five_actions() {
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
                json!({"action": "time_out", "minutes": "60"}),
                "time_out",
                false,
            ),
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
            json!({"action": "time_out"}),
            json!({"action": "time_out", "minutes": 0}),
            json!({"action": "time_out", "minutes": 40_321}),
            json!({"action": "warn", "note": "x".repeat(501)}),
        ] {
            assert!(matches!(parse(form), Err(Error::Invalid(_))));
        }
    }
    #[test]
    fn a_time_out_is_told_in_minutes_hours_or_days() {
        for (minutes, words) in [
            (1, "1 minute"),
            (90, "90 minutes"),
            (60, "1 hour"),
            (1440, "1 day"),
            (10_080, "7 days"),
        ] {
            assert_eq!(duration(minutes), words);
        }
    }
}
