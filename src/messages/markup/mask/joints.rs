//! Emphasis beside letters of scripts without spaces.
//!
//! CommonMark lets a mark between punctuation and a letter neither open nor close emphasis, as in `**「重要」**です`. Where
//! words follow each other without spaces, a joint that is no punctuation is inserted on the side of the punctuation.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::messages::{markup::placeholders::JOINT, text::scripts::is_unspaced};

/// The text with `placeholder` for masked characters, and joints.
pub fn join(text: &str, masked: &[bool], placeholder: impl Fn(char) -> char) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let has_joints = text.contains(['*', '~']) && text.contains(is_unspaced);
    let (mut before, mut chars) = (None, text.char_indices().peekable());
    while let Some((at, c)) = chars.next() {
        let is_mark = has_joints && matches!(c, '*' | '~') && !masked[at];
        if !is_mark {
            out.push(if masked[at] { placeholder(c) } else { c });
            before = Some(c);
            continue;
        }
        let mut length = 1;
        while chars
            .next_if(|(at, next)| *next == c && !masked[*at])
            .is_some()
        {
            length += 1;
        }
        let after = chars.peek().map(|(_, after)| *after);
        let closes = after.is_some_and(is_unspaced) && before.is_some_and(is_punctuation);
        let opens = before.is_some_and(is_unspaced) && after.is_some_and(is_punctuation);
        out.extend(closes.then_some(JOINT));
        out.extend(std::iter::repeat_n(c, length));
        out.extend(opens.then_some(JOINT));
        before = Some(c);
    }
    out
}

/// Whether CommonMark takes a character for punctuation.
fn is_punctuation(c: char) -> bool {
    let group = c.general_category_group();
    matches!(
        group,
        GeneralCategoryGroup::Punctuation | GeneralCategoryGroup::Symbol
    )
}
