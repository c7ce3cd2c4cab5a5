//! Display names that no one may have, because they pass for the server or the people who run it.

use crate::accounts::letters;

/// Words that stand for the server or for a group of people.
const SYSTEM: [&str; 14] = [
    "chatterbox",
    "server",
    "system",
    "admin",
    "admins",
    "administrator",
    "administrators",
    "moderator",
    "moderators",
    "support",
    "everyone",
    "channel",
    "room",
    "here",
];
/// Words that change nothing about that.
const FILLERS: [&str; 16] = [
    "the", "a", "an", "official", "team", "staff", "bot", "service", "message", "messages",
    "notice", "chat", "account", "of", "this", "your",
];

/// Whether a name consists of words for the system, in any look: `Server`, `Аdmin`, `S.e.r.v.e.r`, `The Admin Team`.
pub fn is_system_name(name: &str) -> bool {
    let name = letters(name);
    let system = SYSTEM.map(letters);
    let fillers = FILLERS.map(letters);
    // For each length of the beginning: whether it can be cut into words, and whether one of them is of the system.
    let mut cut = vec![(false, false); name.len() + 1];
    cut[0] = (true, false);
    for start in 0..name.len() {
        let (is_cut, has_system) = cut[start];
        if !is_cut {
            continue;
        }
        for (word, is_system) in words(&system, true).chain(words(&fillers, false)) {
            if name[start..].starts_with(word) {
                let end = &mut cut[start + word.len()];
                *end = (true, end.1 || has_system || is_system);
            }
        }
    }
    cut[name.len()].1
}

fn words(all: &[String], is_system: bool) -> impl Iterator<Item = (&str, bool)> {
    all.iter().map(move |word| (word.as_str(), is_system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_system_are_found_in_every_look() {
        for name in [
            "Server",
            "server",
            "SERVER",
            "Sеrvеr",
            "S e r v e r",
            "[Server]",
            "⚙ Server",
            "Sérver",
            "Admin",
            "Аdmin",
            "ADMIN",
            "ＡＤＭＩＮ",
            "Adm1n",
            "AdmIn",
            "The Admin",
            "Admin Team",
            "@admin",
            "Chatterbox",
            "Сhаttеrbох",
            "Chatterbox Support",
            "chatter-box",
            "System",
            "Ѕуѕtеm",
            "Moderator",
            "Chatterbox.",
            "everyone",
            "𝐀𝐝𝐦𝐢𝐧",
            "Ⓢⓔⓡⓥⓔⓡ",
        ] {
            assert!(is_system_name(name), "{name}");
        }
        for name in [
            "",
            "Ada Lovelace",
            "Ada",
            "Team",
            "The Official",
            "Adminton",
            "Serverus Snape",
            "Grace Admin",
            "Chatterbox fan",
            "李小龙",
            "Администрация",
            "🦊",
            "Anna Room",
        ] {
            assert!(!is_system_name(name), "{name}");
        }
    }
}
