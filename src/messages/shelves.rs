//! All emoji by group, for whoever chooses one. The table is a text in the executable; `cargo run
//! --example shortcodes shelves` writes it.

use std::collections::HashMap;

use super::markup::shortcodes;

/// A group: its name, a tab, its emoji between spaces.
const TABLE: &str = include_str!("shelves.txt");

/// A group of emoji.
pub struct Shelf {
    /// "Food and drink"
    pub name: &'static str,
    pub emoji: Vec<Named>,
}

/// An emoji and the shortcodes that stand for it.
pub struct Named {
    pub emoji: &'static str,
    pub names: Vec<&'static str>,
}

/// Every emoji of the table of shortcodes, in the order of Unicode.
pub fn shelves() -> Vec<Shelf> {
    let mut names: HashMap<&str, Vec<&str>> = HashMap::new();
    let codes = shortcodes::TABLE.lines();
    for (name, emoji) in codes.filter_map(|line| line.split_once(' ')) {
        names.entry(emoji).or_default().push(name);
    }
    let mut named = |emoji| Named {
        emoji,
        names: names.remove(emoji).unwrap_or_default(),
    };
    let groups = TABLE.lines().filter_map(|line| line.split_once('\t'));
    groups
        .map(|(name, emoji)| Shelf {
            name,
            emoji: emoji.split(' ').map(&mut named).collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcode_stands_on_a_shelf_and_every_emoji_has_a_name() {
        let all = shelves();
        let named: usize = all
            .iter()
            .flat_map(|shelf| &shelf.emoji)
            .map(|named| named.names.len())
            .sum();
        assert_eq!(named, shortcodes::TABLE.lines().count());
        let mut emoji = all.iter().flat_map(|shelf| &shelf.emoji);
        assert!(emoji.all(|named| !named.names.is_empty()));
    }
}
