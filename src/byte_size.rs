//! Numbers of bytes in words.

/// Number of bytes as users read it: `812 bytes`, `4.5 KB`, `100 MB`. The units are powers of 1,024, as in the settings.
pub fn in_words(bytes: u64) -> String {
    let units = ["KB", "MB", "GB", "TB"];
    let (mut number, mut unit) = (bytes as f64, None);
    for next in units {
        if number < 1000.0 {
            break;
        }
        (number, unit) = (number / 1024.0, Some(next));
    }
    match unit {
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
        // Halves are rounded up, as by scripts. Formatting alone would round them to the even digit.
        Some(unit) if number < 10.0 => format!("{} {unit}", (number * 10.0).round() / 10.0),
        Some(unit) => format!("{} {unit}", number.round()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_up_to_four_digits_and_a_unit() {
        // Scripts format the same sizes in a browser test.
        for line in include_str!("../tests/harness/sizes.txt").lines() {
            let (bytes, words) = line.split_once(" = ").expect("bytes and words");
            assert_eq!(in_words(bytes.parse().expect("a number")), words, "{bytes}");
        }
        assert_eq!(in_words(u64::MAX), "16777216 TB");
    }
}
