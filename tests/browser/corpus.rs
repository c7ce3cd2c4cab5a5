//! Hostile texts: texts that broke other programs and texts aimed at this one. See `corpus/README.md`.

use std::collections::BTreeSet;

/// Name, content and minimum number of texts of each file.
const FILES: [(&str, &str, usize); 4] = [
    ("blns", include_str!("corpus/blns.json"), 450),
    ("markup", include_str!("corpus/markup.json"), 250),
    ("htmx", include_str!("corpus/htmx.json"), 100),
    ("markdown", include_str!("corpus/markdown.json"), 120),
];

/// All texts of the corpus without duplicates.
pub fn corpus() -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (name, json, min_count) in FILES {
        let texts: Vec<String> =
            serde_json::from_str(json).expect("a corpus file is a JSON list of strings");
        assert!(
            texts.len() >= min_count,
            "{name} has only {} texts",
            texts.len()
        );
        all.extend(texts.into_iter().filter(|text| seen.insert(text.clone())));
    }
    all
}

/// `count` harmless texts with everything that the renderer produces: links, line breaks, formatting, emoji.
pub fn harmless(count: usize) -> Vec<String> {
    let kinds = [
        "a word",
        "two\nlines",
        "https://example.com/path?query#part",
        "**strong** and `code`",
        "🎉",
        "an e and an a",
    ];
    let texts = kinds.iter().cycle().take(count).enumerate();
    texts
        .map(|(at, kind)| match *kind {
            "🎉" => kind.to_string(),
            kind => format!("{kind} {at}"),
        })
        .collect()
}

/// Joins texts into groups of up to `max_chars` characters, where one request for each text would take too long.
/// A longer text is a group of its own.
pub fn joined(texts: &[String], separator: &str, max_chars: usize) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for text in texts {
        match groups.last_mut() {
            Some(group) if group.chars().count() + text.chars().count() < max_chars => {
                *group += separator;
                *group += text;
            }
            _ => groups.push(text.clone()),
        }
    }
    groups
}

/// First `max_chars` characters of a text.
pub fn truncated(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).collect()
}
