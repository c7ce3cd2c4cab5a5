//! Generates the emoji tables:
//! `cargo run --example shortcodes > src/emoji/shortcodes.txt`
//! `cargo run --example shortcodes groups > src/emoji/groups.txt`

#[allow(dead_code)] // A test uses only the tables.
fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("groups") => print!("{}", groups()),
        _ => print!("{}", table()),
    }
}

/// The shortcode table: `name emoji`, one a line, sorted by name.
pub fn table() -> String {
    let codes = emojis::iter().flat_map(|emoji| {
        let names = emoji.shortcodes();
        names.map(move |name| format!("{name} {emoji}\n"))
    });
    let mut lines: Vec<String> = codes.collect();
    lines.sort_by(|a, b| a.split(' ').next().cmp(&b.split(' ').next()));
    lines.concat()
}

/// The group table, in the order of Unicode. Each line has a name, a tab and emoji separated by spaces.
pub fn groups() -> String {
    use emojis::Group::*;
    let groups = [
        ("Smileys & emotion", SmileysAndEmotion),
        ("People & body", PeopleAndBody),
        ("Animals & nature", AnimalsAndNature),
        ("Food & drink", FoodAndDrink),
        ("Travel & places", TravelAndPlaces),
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
