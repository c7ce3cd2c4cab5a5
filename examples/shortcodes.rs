//! Writes the table of emoji shortcodes:
//! `cargo run --example shortcodes > src/messages/markup/shortcodes.txt`

#[allow(dead_code)] // a test takes only the table
fn main() {
    print!("{}", table());
}

/// `name emoji`, one a line, sorted.
pub fn table() -> String {
    let codes = emojis::iter().flat_map(|emoji| {
        let names = emoji.shortcodes();
        names.map(move |name| format!("{name} {emoji}\n"))
    });
    let mut lines: Vec<String> = codes.collect();
    lines.sort_by(|a, b| a.split(' ').next().cmp(&b.split(' ').next()));
    lines.concat()
}
