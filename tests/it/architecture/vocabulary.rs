//! Retired words: private names for which a standard term exists.

use std::path::Path;

use super::rules::Fault;

/// Retired words and their replacements.
const RETIRED: [(&str, &str); 21] = [
    ("asleep", "offline"),
    ("bell", "notifier or subscription"),
    ("bells", "notifier"),
    ("belonging", "membership"),
    ("blueprint", "NewRoom"),
    ("curly", "c_family"),
    ("deeds", "message_actions"),
    ("ears", "feed"),
    ("fellow", "RoomMember"),
    ("fellows", "members"),
    ("furnish", "security_headers"),
    ("office", "RoleForm"),
    ("onlooker", "SidebarSocket"),
    ("rail", "sidebar"),
    ("sketch", "NewRoomForm"),
    ("somebody", "someone, or a user"),
    ("stir", "room_changed"),
    ("talker", "PlainTextSocket"),
    ("talkers", "mention_candidates"),
    ("throttles", "rate limits"),
    ("whoever", "the user who"),
];

/// The retired words in a text, as faults with line numbers.
pub fn retired_words(path: &Path, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for word in words_of(line) {
            if let Some((_, instead)) = RETIRED.iter().find(|(retired, _)| *retired == word) {
                faults.push(Fault {
                    path: path.to_path_buf(),
                    rule: format!("line {}: “{word}” is retired: write {instead}", at + 1),
                });
            }
        }
    }
    faults
}

/// The words of prose and identifiers, in lower case: `NewRoomForm` is three words.
fn words_of(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in line.chars() {
        let begins = c.is_uppercase() && before.is_lowercase();
        if !c.is_alphabetic() || begins {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphabetic(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}
