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
        Some(unit) if number < 10.0 && (number * 10.0).round() % 10.0 != 0.0 => {
            format!("{number:.1} {unit}")
        }
        Some(unit) => format!("{number:.0} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_two_or_three_digits_and_a_unit() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1 KB"),
            (1024, "1 KB"),
            (4_600, "4.5 KB"),
            (10_200, "10 KB"),
            (1 << 20, "1 MB"),
            (100 << 20, "100 MB"),
            (3 << 29, "1.5 GB"),
            (u64::MAX, "16777216 TB"),
        ] {
            assert_eq!(in_words(bytes), words, "{bytes}");
        }
    }
}
