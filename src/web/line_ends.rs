//! Line ends, for texts that others read line by line: messages, the plain-text socket and the log.

/// Whether a character ends a line (Unicode Standard, section 5.8).
pub fn is_line_end(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Replaces all line ends by line feeds. A carriage return and the line feed after it are one.
pub fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace(is_line_end, "\n")
}

/// Replaces each line end, and each other control character except the tab, by a space. Readers that take such a
/// character for the end of a line could otherwise be shown a line that no one wrote.
pub fn in_one_line(text: &str) -> String {
    let ends_line = |c: char| is_line_end(c) || (c.is_control() && c != '\t');
    text.replace("\r\n", "\n").replace(ends_line, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line end, and some control characters.
    const ENDS: &str = "\n\r\u{B}\u{C}\u{85}\u{2028}\u{2029}";
    const CONTROLS: &str = "\0\u{8}\u{1B}\u{1C}\u{1D}\u{1E}\u{7F}\u{9B}";

    #[test]
    fn every_line_end_becomes_a_line_feed() {
        for end in ENDS.chars() {
            assert_eq!(with_line_feeds(&format!("a{end}b")), "a\nb", "{end:?}");
        }
        assert_eq!(with_line_feeds("a\r\nb\n\rc\r\n\r\n"), "a\nb\n\nc\n\n");
        assert_eq!(with_line_feeds("a\0b\tc"), "a\0b\tc");
    }

    #[test]
    fn one_line_has_no_line_end_and_no_control_character() {
        for end in ENDS.chars().chain(CONTROLS.chars()) {
            let line = in_one_line(&format!("a{end}[00:00:00] Server: b"));
            assert_eq!(line, "a [00:00:00] Server: b", "{end:?}");
        }
        assert_eq!(in_one_line("a\r\nb\tc  d é 李 🎉"), "a b\tc  d é 李 🎉");
    }
}
