//! Texts as words: where they stand, and what they are when case, accents and width do not matter.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};

/// A word of a text, or one character of a script that writes no blanks between words, or an emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it stands, in bytes.
    pub start: usize,
    pub end: usize,
    /// As it is compared.
    pub folded: String,
    /// One character that is a word of its own.
    pub single: bool,
    /// Where the part of the text begins that each character of `folded` comes from.
    pub origins: Vec<usize>,
}

/// The words of a text, in their order.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Words::default();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        let mut end = start + c.len_utf8();
        if c.is_ascii() && rest.peek().is_none_or(|(_, next)| next.is_ascii()) {
            words.take(c.to_ascii_lowercase(), start, end);
            continue;
        }
        while let Some((_, next)) = rest.next_if(|(_, next)| goes_on(*next)) {
            end += next.len_utf8();
        }
        for c in text[start..end].nfkc() {
            words.take_any(c, start, end);
        }
    }
    words.finish();
    words.all
}

/// Whether a character belongs to the one before it: an accent, a sound mark of narrow kana, or the second
/// and third part of a Korean syllable.
fn goes_on(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{FF9E}' | '\u{FF9F}' | '\u{1160}'..='\u{11FF}')
}

/// What was read so far.
#[derive(Default)]
struct Words {
    all: Vec<Word>,
    open: Option<Word>,
}

impl Words {
    /// A composed character of any kind.
    fn take_any(&mut self, c: char, start: usize, end: usize) {
        if is_single(c) {
            self.finish();
            self.push(c, start, end, true);
            self.finish();
            return;
        }
        for part in std::iter::once(c).nfd().filter(|part| !is_accent(*part)) {
            match spelled(part) {
                Some(letters) => letters.chars().for_each(|c| self.take(c, start, end)),
                None => part.to_lowercase().for_each(|c| self.take(c, start, end)),
            }
        }
    }

    /// A character that is compared as it is.
    fn take(&mut self, c: char, start: usize, end: usize) {
        if c.is_alphanumeric() || is_combining_mark(c) && self.open.is_some() {
            self.push(c, start, end, false);
        } else if !is_accent(c) && !joins(c) {
            self.finish();
        }
    }

    fn push(&mut self, c: char, start: usize, end: usize, single: bool) {
        let word = self.open.get_or_insert_with(|| Word {
            start,
            end,
            folded: String::new(),
            single,
            origins: Vec::new(),
        });
        word.folded.push(c);
        word.origins.push(start);
        word.end = end;
    }

    fn finish(&mut self) {
        self.all.extend(self.open.take());
    }
}

/// Chinese, Japanese and Korean signs, of which any sequence is searched for, and emoji.
fn is_single(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'..='\u{312F}' | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        || !c.is_ascii()
            && c.is_emoji_char()
            && c.general_category() == GeneralCategory::OtherSymbol
}

/// Marks that people leave out: accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}'
        | '\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}')
}

/// Invisible characters that divide nothing.
fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}'
    )
}

/// Letters that are written with others where they cannot be typed.
fn spelled(c: char) -> Option<&'static str> {
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

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    #[test]
    fn case_accents_and_width_do_not_matter() {
        for (text, expected) in [
            ("Hello, World!", vec!["hello", "world"]),
            ("Crème brûlée", vec!["creme", "brulee"]),
            ("Cre\u{300}me", vec!["creme"]),
            ("STRASSE straße", vec!["strasse", "strasse"]),
            ("Ångström Øre Łódź", vec!["angstrom", "ore", "lodz"]),
            ("İstanbul ısı", vec!["istanbul", "isi"]),
            ("ΟΔΟΣ οδός", vec!["οδοσ", "οδοσ"]),
            ("Ёлка", vec!["елка"]),
            ("ｆｕｌｌ １２", vec!["full", "12"]),
            (
                "foo_bar-baz.rs v1.2",
                vec!["foo", "bar", "baz", "rs", "v1", "2"],
            ),
            ("مُحَمَّد", vec!["محمد"]),
            ("שָׁלוֹם", vec!["שלום"]),
            ("हिन्दी", vec!["हिन्दी"]),
            ("soft\u{AD}ware", vec!["software"]),
            ("a\0b", vec!["a", "b"]),
            ("!?* ( \u{300}", vec![]),
        ] {
            assert_eq!(folded(text), expected, "{text:?}");
        }
    }

    #[test]
    fn signs_of_east_asia_and_emoji_stand_alone() {
        for (text, expected) in [
            ("我们去北京abc", vec!["我", "们", "去", "北", "京", "abc"]),
            ("サーバー", vec!["サ", "ー", "バ", "ー"]),
            ("ｻｰﾊﾞｰ", vec!["サ", "ー", "バ", "ー"]),
            ("か\u{3099}", vec!["が"]),
            ("서울", vec!["서", "울"]),
            ("\u{1109}\u{1165}", vec!["서"]),
            ("go 🎉🎉", vec!["go", "🎉", "🎉"]),
            ("❤\u{FE0F}", vec!["❤"]),
            ("👩\u{200D}🚀", vec!["👩", "🚀"]),
        ] {
            assert_eq!(folded(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_word_knows_where_it_stands() {
        let text = "— Stra\u{DF}e 北";
        let found = words(text);
        assert_eq!(&text[found[0].start..found[0].end], "Straße");
        assert_eq!(found[0].folded.chars().count(), found[0].origins.len());
        assert_eq!(&text[found[0].origins[4]..][..2], "ß");
        assert_eq!(found[0].origins[4], found[0].origins[5], "two of one");
        assert_eq!(&text[found[1].start..found[1].end], "北");
    }
}
