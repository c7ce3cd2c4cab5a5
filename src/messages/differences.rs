//! Differences between two versions of a text, word by word.

/// Words of a version that are compared. A longer text is shown without differences.
const MAX_WORDS: usize = 500;

/// A part of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionPart {
    pub text: String,
    pub change: Change,
}

/// Change of a part of the text by a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Kept,
    Added,
    Removed,
}

/// The parts of `after`, and those of `before` that are no longer in it. Without a version before, all is kept.
pub fn differences(before: Option<&str>, after: &str) -> Vec<VersionPart> {
    let mut parts = Vec::new();
    let Some(before) = before else {
        push(&mut parts, after, Change::Kept);
        return parts;
    };
    let (old, new) = (words(before), words(after));
    let begin = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - begin;
    let ends = old.iter().rev().zip(new.iter().rev()).take(rest);
    let end = ends.take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (&old[begin..old.len() - end], &new[begin..new.len() - end]);
    new[..begin]
        .iter()
        .for_each(|word| push(&mut parts, word, Change::Kept));
    match old_middle.len().max(new_middle.len()) {
        0..=MAX_WORDS => compare(&mut parts, old_middle, new_middle),
        _ => {
            old_middle
                .iter()
                .for_each(|word| push(&mut parts, word, Change::Removed));
            new_middle
                .iter()
                .for_each(|word| push(&mut parts, word, Change::Added));
        }
    }
    new[new.len() - end..]
        .iter()
        .for_each(|word| push(&mut parts, word, Change::Kept));
    parts
}

/// Words and the blanks between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut kind) = (0, None);
    for (at, c) in text.char_indices() {
        let is_word = c.is_alphanumeric();
        if kind != Some(is_word) || !is_word {
            if at > start {
                words.push(&text[start..at]);
            }
            (start, kind) = (at, Some(is_word));
        }
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

/// Compares by the longest common subsequence.
fn compare(parts: &mut Vec<VersionPart>, old: &[&str], new: &[&str]) {
    let width = new.len() + 1;
    let mut longest = vec![0_u16; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            longest[a * width + b] = match old[a] == new[b] {
                true => longest[(a + 1) * width + b + 1] + 1,
                false => longest[(a + 1) * width + b].max(longest[a * width + b + 1]),
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            push(parts, new[b], Change::Kept);
            (a, b) = (a + 1, b + 1);
        } else if b == new.len()
            || a < old.len() && longest[(a + 1) * width + b] >= longest[a * width + b + 1]
        {
            push(parts, old[a], Change::Removed);
            a += 1;
        } else {
            push(parts, new[b], Change::Added);
            b += 1;
        }
    }
}

fn push(parts: &mut Vec<VersionPart>, text: &str, change: Change) {
    match parts.last_mut() {
        Some(last) if last.change == change => last.text.push_str(text),
        _ if text.is_empty() => {}
        _ => parts.push(VersionPart {
            text: text.to_owned(),
            change,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts with marks: `[-removed-]` and `{+added+}`.
    fn marked(before: &str, after: &str) -> String {
        let mark = |part: VersionPart| match part.change {
            Change::Kept => part.text,
            Change::Added => format!("{{+{}+}}", part.text),
            Change::Removed => format!("[-{}-]", part.text),
        };
        differences(Some(before), after)
            .into_iter()
            .map(mark)
            .collect()
    }

    #[test]
    fn changed_words_are_marked() {
        for (before, after, expected) in [
            ("see you at 9", "see you at 10", "see you at [-9-]{+10+}"),
            ("a b c", "a c", "a [-b -]c"),
            ("a c", "a b c", "a {+b +}c"),
            ("same", "same", "same"),
            ("", "new", "{+new+}"),
            ("old", "", "[-old-]"),
            ("one\ntwo", "one\nthree", "one\n[-two-]{+three+}"),
            ("Café", "Cafés", "[-Café-]{+Cafés+}"),
            ("北京", "北京 🎉", "北京{+ 🎉+}"),
        ] {
            assert_eq!(marked(before, after), expected);
        }
    }

    #[test]
    fn all_of_the_new_version_is_shown_and_all_of_the_old_one() {
        let texts = [
            "",
            "a",
            "a b",
            "b a",
            "x y z x y z",
            "z y x",
            "a\n\n b",
            "the end of the end",
        ];
        for before in texts {
            for after in texts {
                let parts = differences(Some(before), after);
                let without = |change| {
                    let kept = parts.iter().filter(move |part| part.change != change);
                    kept.map(|part| part.text.as_str()).collect::<String>()
                };
                assert_eq!(without(Change::Removed), after);
                assert_eq!(without(Change::Added), before);
            }
        }
        let (long, other) = ("word ".repeat(5_000), "other ".repeat(5_000));
        assert_eq!(differences(Some(&long), &other).len(), 3);
    }
}
