//! Texts without accents, in which people look names up.

use diesel::{SqliteConnection, define_sql_function, sql_types::Text};
use unicode_normalization::UnicodeNormalization;

define_sql_function! {
    /// The function [`search_key`] in queries.
    fn name_search_key(text: Text) -> Text;
}

/// A text without accents, in plain forms of its letters: `Łódź` becomes `lodz`, except for the case of most letters.
pub fn without_accents(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut bare = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_accent(*c)) {
        match spelled(c) {
            Some(letters) => bare.push_str(letters),
            None => bare.push(c),
        }
    }
    bare.nfc().collect()
}

/// A text in small letters without accents: `Łukasz José` becomes `lukasz jose`. Equal for texts that people type for
/// the same name.
pub fn search_key(text: &str) -> String {
    let bare = without_accents(text);
    bare.chars().flat_map(char::to_lowercase).collect()
}

/// Makes the function available to the queries of a connection.
pub fn register(conn: &mut SqliteConnection) -> diesel::QueryResult<()> {
    name_search_key_utils::register_impl(conn, |text: String| search_key(&text))
}

/// Whether a mark is ignored: accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic.
pub fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}'
        | '\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}')
}

/// The usual spelling of letters that many keyboards lack.
pub fn spelled(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' => "d",
        'ı' => "i",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_width_do_not_count() {
        for (text, expected) in [
            ("José", "jose"),
            ("JOSE\u{301}", "jose"),
            ("Łukasz Żółć", "lukasz zolc"),
            ("Søren Ærø", "soren aero"),
            ("Straße", "strasse"),
            ("Đặng", "dang"),
            ("İpek Işık", "ipek isik"),
            ("Ёлка", "елка"),
            ("Ångström_2.x", "angstrom_2.x"),
            ("ＡＤＡ", "ada"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("مُحَمَّد", "محمد"),
            ("が", "が"),
            ("각", "각"),
            ("हिन्दी", "हिन्दी"),
            ("", ""),
        ] {
            assert_eq!(search_key(text), expected, "{text}");
            assert_eq!(search_key(expected), expected, "{text}");
        }
    }
}
