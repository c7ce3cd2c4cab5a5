//! Emphasis that is open at a place of a text, by the rules of CommonMark in short.

use std::ops::Range;

/// The number of marks of each kind that are open.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenMarks {
    stars: usize,
    underscores: usize,
    tildes: usize,
}

impl OpenMarks {
    /// Reads a part of a text. Emphasis ends with its paragraph.
    pub fn read(&mut self, text: &str, part: Range<usize>) {
        let mut at = part.start;
        while let Some(found) = text[at..part.end].find(['*', '_', '~', '\n']) {
            let start = at + found;
            let mark = char::from(text.as_bytes()[start]);
            let same = text[start..part.end].bytes();
            let length = same.take_while(|b| char::from(*b) == mark).count();
            at = start + length;
            match mark {
                '\n' if length > 1 => *self = OpenMarks::default(),
                '\n' => {}
                '~' if length < 2 => {}
                _ => self.take(
                    mark,
                    length,
                    text[..start].chars().next_back(),
                    text[at..].chars().next(),
                ),
            }
        }
    }

    /// The number of open marks of a kind.
    pub fn count(&self, mark: char) -> usize {
        match mark {
            '*' => self.stars,
            '_' => self.underscores,
            '~' => self.tildes,
            _ => 0,
        }
    }

    /// Closes marks of a kind.
    pub fn close(&mut self, mark: char) {
        *self.of(mark) = 0;
    }

    fn of(&mut self, mark: char) -> &mut usize {
        match mark {
            '*' => &mut self.stars,
            '_' => &mut self.underscores,
            _ => &mut self.tildes,
        }
    }

    fn take(&mut self, mark: char, length: usize, before: Option<char>, after: Option<char>) {
        let is_space = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_within = is_word(before) && is_word(after);
        if before == Some('\\') || (is_within && mark != '~') {
            return;
        }
        let opens = !is_space(after) && (mark != '_' || !is_word(before));
        let closes = !is_space(before) && (mark != '_' || !is_word(after));
        let open = self.of(mark);
        if closes && *open > 0 {
            *open = open.saturating_sub(length);
        } else if opens {
            *open += length;
        }
    }
}
