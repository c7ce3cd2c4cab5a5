//! Splits texts into words, and folds case, accents and width.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};

use crate::db::accents::{is_accent, spelled};

/// Letters of most words. Room for them is made at once.
const TYPICAL_LENGTH: usize = 8;

/// Signs that count at the end of a word: C++, C#.
const SIGNS: [char; 2] = ['+', '#'];
/// Signs of a word that count.
const MAX_SIGNS: usize = 4;

/// A word of a text. A character of a script without blanks between words is a word of its own, and so is an emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Position in the text, in bytes.
    pub start: usize,
    pub end: usize,
    /// The form that is compared.
    pub folded: String,
    /// Character that the tokenizer treats as a word.
    pub single: bool,
    /// For each character of `folded`, the position of the part of the text that it comes from.
    pub origins: Vec<usize>,
    /// The signs right after it, and their end in the text.
    pub signs: String,
    pub signs_end: usize,
}

impl Word {
    /// The digits at the end of a word that begins with letters, such as `v1`, and their first character.
    pub fn trailing_number(&self) -> Option<(usize, &str)> {
        let letters = self.folded.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = &self.folded[letters.len()..];
        let has_both = !number.is_empty() && letters.chars().all(char::is_alphabetic);
        (has_both && !letters.is_empty()).then(|| (letters.chars().count(), number))
    }
}

/// The words of a text, in order.
pub fn words(text: &str) -> Vec<Word> {
    let mut splitter = WordSplitter::default();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        let mut end = start + c.len_utf8();
        if c.is_ascii() && rest.peek().is_none_or(|(_, next)| next.is_ascii()) {
            splitter.take(c.to_ascii_lowercase(), start, end);
            continue;
        }
        while let Some((_, next)) = rest.next_if(|(_, next)| continues(*next)) {
            end += next.len_utf8();
        }
        for c in text[start..end].nfkc() {
            splitter.take_any(c, start, end);
        }
    }
    splitter.finish();
    splitter.all
}

/// Whether a character belongs to the one before it: an accent, a sound mark of narrow kana, or the second or third
/// part of a Korean syllable.
fn continues(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{FF9E}' | '\u{FF9F}' | '\u{1160}'..='\u{11FF}')
}

/// The words that are complete, and the one that is being read.
#[derive(Default)]
struct WordSplitter {
    all: Vec<Word>,
    open: Option<Word>,
}

impl WordSplitter {
    /// Reads a composed character of any kind.
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

    /// Reads a character that is compared as it is.
    fn take(&mut self, c: char, start: usize, end: usize) {
        if c.is_alphanumeric() || is_combining_mark(c) && self.open.is_some() {
            self.push(c, start, end, false);
        } else if !is_accent(c) && !joins(c) {
            self.finish();
            self.sign(c, start, end);
        }
    }

    /// Adds a sign to the word before it.
    fn sign(&mut self, c: char, start: usize, end: usize) {
        let word = self.all.last_mut().filter(|word| word.signs_end == start);
        if let Some(word) = word.filter(|word| !word.single && word.signs.len() < MAX_SIGNS)
            && SIGNS.contains(&c)
        {
            word.signs.push(c);
            word.signs_end = end;
        }
    }

    fn push(&mut self, c: char, start: usize, end: usize, single: bool) {
        let word = self.open.get_or_insert_with(|| Word {
            start,
            end,
            folded: String::with_capacity(TYPICAL_LENGTH),
            single,
            origins: Vec::with_capacity(TYPICAL_LENGTH),
            signs: String::new(),
            signs_end: end,
        });
        word.folded.push(c);
        word.origins.push(start);
        (word.end, word.signs_end) = (end, end);
    }

    fn finish(&mut self) {
        self.all.extend(self.open.take());
    }
}

/// Whether a character is a word of its own: Chinese, Japanese and Korean characters, and emoji.
fn is_single(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'..='\u{312F}' | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        || !c.is_ascii()
            && c.is_emoji_char()
            && c.general_category() == GeneralCategory::OtherSymbol
}

/// Whether an invisible character does not separate words.
fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}'
    )
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
    fn east_asian_characters_and_emoji_are_single_words() {
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
    fn signs_belong_to_the_word_before_them() {
        let signed = |text: &str| {
            let signed = words(text).into_iter();
            let signed = signed.map(|word| word.folded + &word.signs);
            signed.collect::<Vec<_>>().join(" ")
        };
        for (text, expected) in [
            ("C++ and C#", "c++ and c#"),
            ("g++, F#!", "g++ f#"),
            ("C++20", "c++ 20"),
            ("Notepad++", "notepad++"),
            ("C＋＋", "c++"),
            ("#room + a", "room a"),
            ("a +b", "a b"),
            ("C# #c", "c# c"),
            ("x######", "x####"),
            ("北+", "北"),
            ("c+#", "c+#"),
        ] {
            assert_eq!(signed(text), expected, "{text}");
        }
    }

    #[test]
    fn a_word_knows_its_position() {
        let text = "— Stra\u{DF}e 北";
        let found = words(text);
        assert_eq!(&text[found[0].start..found[0].end], "Straße");
        assert_eq!(found[0].folded.chars().count(), found[0].origins.len());
        assert_eq!(&text[found[0].origins[4]..][..2], "ß");
        assert_eq!(found[0].origins[4], found[0].origins[5], "two of one");
        assert_eq!(&text[found[1].start..found[1].end], "北");
    }
}
