//! ServerLimits that admins may lower. The command line sets their upper bounds, which are also their defaults.

use crate::{
    byte_size,
    config::{self, Config},
};

/// ServerLimits of texts and files, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerLimits {
    /// Text that one user may write in a day.
    pub text_per_day: u64,
    /// Largest file.
    pub max_file: u64,
    /// Files of one user.
    pub files_per_person: u64,
    /// All files; `None` without a limit.
    pub files_total: Option<u64>,
}

impl ServerLimits {
    /// ServerLimits of the command line.
    pub fn of(config: &Config) -> ServerLimits {
        ServerLimits {
            text_per_day: config.text_per_day,
            max_file: config.max_file,
            files_per_person: config.files_per_person,
            files_total: config.files_total,
        }
    }

    /// ServerLimits that restrict nothing.
    pub fn none() -> ServerLimits {
        ServerLimits {
            text_per_day: u64::MAX,
            max_file: u64::MAX,
            files_per_person: u64::MAX,
            files_total: None,
        }
    }
}

/// Parses a limit; an empty text stands for `bound`. An error is the reason as a sentence.
pub fn limit(text: &str, bound: u64, flag: &str) -> Result<u64, String> {
    if text.is_empty() {
        return Ok(bound);
    }
    let size = config::size(text).map_err(|form| format!("Enter {form}."))?;
    match size > bound {
        true => Err(format!(
            "This can be at most {}, which {flag} sets when the server starts.",
            byte_size::in_words(bound)
        )),
        false => Ok(size),
    }
}

/// A size as [`limit`] takes it, with the largest unit that fits.
pub fn shown(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let fits = |(_, bits): &&(&str, u32)| bytes >= 1 << bits && bytes.trailing_zeros() >= *bits;
    match units.iter().find(fits) {
        Some((unit, bits)) => format!("{}{unit}", bytes >> bits),
        None => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_at_most_its_bound() {
        let limit = |text| limit(text, 100 << 20, "--max-file");
        assert_eq!(limit(""), Ok(100 << 20));
        assert_eq!(limit("10MiB"), Ok(10 << 20));
        let refused = limit("1GiB").expect_err("more than the bound");
        assert!(
            refused.contains("100 MB") && refused.contains("--max-file"),
            "{refused}"
        );
        assert!(limit("much").is_err());
    }

    #[test]
    fn a_size_is_shown_as_it_is_typed() {
        for text in ["100MiB", "10GiB", "1536MiB", "500KiB", "1000"] {
            let size = config::size(text).expect("a size");
            assert_eq!(shown(size), text);
        }
        assert_eq!(config::size(&shown(u64::MAX)), Ok(u64::MAX));
    }
}
