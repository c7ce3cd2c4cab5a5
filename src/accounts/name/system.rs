//! Names that pass for the server or the people who run it.

use super::letters;

/// Words that stand for the server or the people who run it.
const SYSTEM: [&str; 11] = [
    "chatterbox",
    "server",
    "system",
    "admin",
    "admins",
    "administrator",
    "administrators",
    "sysadmin",
    "moderator",
    "moderators",
    "support",
];
/// Words that stand for them or for a group of people where a name may have spaces.
const ROLES: [&str; 13] = [
    "administration",
    "moderation",
    "webmaster",
    "operator",
    "operators",
    "owner",
    "owners",
    "security",
    "helpdesk",
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
/// Names of the same kind that are part of common names. Only the whole name counts.
const WHOLE: [&str; 5] = ["you", "me", "mod", "mods", "help"];

/// Signs and small capitals that stand for a letter, in the order of [`MEANT`].
const SIGNS: &str = "013457@$!|€£ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
const MEANT: &str = "oleastasilelabcdefghijklmnoprstuvwyz";
/// First letters of the alphabets on coloured squares and circles, and of flags, which have no decomposition.
const ALPHABETS: [char; 3] = ['\u{1F150}', '\u{1F170}', '\u{1F1E6}'];
/// Number of letters in each of them.
const ALPHABET: u32 = 26;

/// Whether a display name consists of words for the system, in any look: `Server`, `Аdmin`, `S.e.r.v.e.r`,
/// `The Admin Team`, `5erver`.
pub fn is_system_name(name: &str) -> bool {
    let words = [&SYSTEM[..], &ROLES].concat();
    let is_whole = |name: &String| WHOLE.iter().any(|word| letters(word) == *name);
    readings(name)
        .iter()
        .any(|name| is_whole(name) || is_made_of(name, &words))
}

/// Whether a username does so.
pub fn is_system_username(name: &str) -> bool {
    let mut readings = readings(name).into_iter();
    readings.any(|name| is_made_of(&name, &SYSTEM))
}

/// The letters of a name as they are, and with those for which its signs stand.
fn readings(name: &str) -> [String; 2] {
    let plain: String = name.chars().map(meant).collect();
    [letters(name), letters(&plain)]
}

/// The letter for which a sign stands, or the character itself.
fn meant(c: char) -> char {
    let first = |first: &&char| (**first..).take(ALPHABET as usize).any(|one| one == c);
    if let Some(first) = ALPHABETS.iter().find(first) {
        let place = u32::from(c) - u32::from(*first);
        return char::from_u32(u32::from('a') + place).unwrap_or(c);
    }
    let mut signs = SIGNS.chars().zip(MEANT.chars());
    signs
        .find(|(sign, _)| *sign == c)
        .map_or(c, |(_, letter)| letter)
}

/// Whether the letters of a name can be cut into these words and fillers, at least one of them no filler.
fn is_made_of(name: &str, system: &[&str]) -> bool {
    let system: Vec<String> = system.iter().map(|word| letters(word)).collect();
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
            "ЅУЅТЕМ",
            "ΑDΜΙΝ",
            "Moderator",
            "Μοderator",
            "Chatterbox.",
            "everyone",
            "𝐀𝐝𝐦𝐢𝐧",
            "Ⓢⓔⓡⓥⓔⓡ",
            "5erver",
            "$erver",
            "Serv3r",
            "@dmin",
            "Adm!n",
            "Adm|n",
            "M0derat0r",
            "ꜱᴇʀᴠᴇʀ",
            "🅰🅳🅼🅸🅽",
            "🅐🅓🅜🅘🅝",
            "🇦 🇩 🇲 🇮 🇳",
            "Server\u{200D}",
            "Room Owner",
            "Security Team",
            "You",
            "Me",
            "Мe",
            "Mods",
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
            "Ali",
            "You An",
            "Meme",
            "Moda",
            "Mel",
            "Rooted",
            "1337",
            "Al3x",
        ] {
            assert!(!is_system_name(name), "{name}");
        }
    }

    #[test]
    fn fewer_usernames_are_of_the_system() {
        for name in [
            "admin",
            "Аdmin",
            "the.admin-team",
            "Chatterbox_Bot",
            "4dm1n",
            "support",
        ] {
            assert!(is_system_username(name), "{name}");
        }
        for name in [
            "owner",
            "room",
            "you",
            "root",
            "mod",
            "ada.admin",
            "administer",
        ] {
            assert!(!is_system_username(name), "{name}");
        }
    }

    #[test]
    fn each_sign_stands_for_one_letter() {
        assert_eq!(SIGNS.chars().count(), MEANT.chars().count());
        let meant: String = "5€ⅴ🅰🆉🇿x李".chars().map(meant).collect();
        assert_eq!(meant, "seⅴazzx李");
    }
}
