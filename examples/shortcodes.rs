//! Generates the emoji tables:
//! `cargo run --example shortcodes > src/messages/markup/shortcodes.txt`
//! `cargo run --example shortcodes shelves > src/messages/shelves.txt`

#[allow(dead_code)] // a test uses only the table
fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("shelves") => print!("{}", shelves()),
        _ => print!("{}", table()),
    }
}

/// Sorted lines of a shortcode and its emoji.
pub fn table() -> String {
    let codes = emojis::iter().flat_map(|emoji| {
        let names = emoji.shortcodes();
        names.map(move |name| format!("{name} {emoji}\n"))
    });
    let mut lines: Vec<String> = codes.collect();
    lines.sort_by(|a, b| a.split(' ').next().cmp(&b.split(' ').next()));
    lines.concat()
}

/// Emoji groups in the order of Unicode, one per line: the name, a tab, the emoji separated by spaces.
pub fn shelves() -> String {
    use emojis::Group::*;
    let groups = [
        ("Smileys", SmileysAndEmotion),
        ("People", PeopleAndBody),
        ("Animals and nature", AnimalsAndNature),
        ("Food and drink", FoodAndDrink),
        ("Travel and places", TravelAndPlaces),
        ("Activities", Activities),
        ("Objects", Objects),
        ("Symbols", Symbols),
        ("Flags", Flags),
    ];
    let line = |(name, group): (&str, emojis::Group)| {
        let named = group
            .emojis()
            .filter(|emoji| emoji.shortcodes().next().is_some());
        let emoji: Vec<&str> = named.map(emojis::Emoji::as_str).collect();
        format!("{name}\t{}\n", emoji.join(" "))
    };
    groups.into_iter().map(line).collect()
}
