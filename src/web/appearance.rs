//! How a user wants pages to look: colors, density and the format of times.

use crate::error::{Error, Result};

/// Choices of a user. Pages without a user have the defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Appearance {
    pub theme: Theme,
    pub density: Density,
    pub clock: ClockFormat,
}

/// Colors of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the device is set.
    #[default]
    System,
    Light,
    Dark,
}

/// How much room messages take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Density {
    /// Bubbles with avatars.
    #[default]
    Comfortable,
    /// Names and texts in lines.
    Compact,
}

/// Format of times. Applied by a script; without JavaScript, times are shown in 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClockFormat {
    /// As usual in the language of the browser.
    #[default]
    Locale,
    TwelveHours,
    TwentyFourHours,
}

impl Appearance {
    /// Parses the names that the database, forms and JSON use.
    ///
    /// # Errors
    /// `Invalid` for an unknown name.
    pub fn parse(theme: &str, density: &str, clock: &str) -> Result<Appearance> {
        Ok(Appearance {
            theme: named(theme, &Theme::ALL, "theme")?,
            density: named(density, &Density::ALL, "density")?,
            clock: named(clock, &ClockFormat::ALL, "clock")?,
        })
    }
}

impl Theme {
    const ALL: [(&str, Theme); 3] = [
        ("system", Theme::System),
        ("light", Theme::Light),
        ("dark", Theme::Dark),
    ];

    /// Name in the database, in forms and in JSON.
    pub fn name(self) -> &'static str {
        name_of(self, &Theme::ALL)
    }
}

impl Density {
    const ALL: [(&str, Density); 2] = [
        ("comfortable", Density::Comfortable),
        ("compact", Density::Compact),
    ];

    /// Name in the database, in forms and in JSON.
    pub fn name(self) -> &'static str {
        name_of(self, &Density::ALL)
    }
}

impl ClockFormat {
    const ALL: [(&str, ClockFormat); 3] = [
        ("locale", ClockFormat::Locale),
        ("12", ClockFormat::TwelveHours),
        ("24", ClockFormat::TwentyFourHours),
    ];

    /// Name in the database, in forms and in JSON.
    pub fn name(self) -> &'static str {
        name_of(self, &ClockFormat::ALL)
    }
}

fn named<T: Copy>(name: &str, all: &[(&str, T)], field: &str) -> Result<T> {
    let found = all.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|(known, _)| *known).collect();
        Error::Invalid(format!("Choose a {field}: {}.", known.join(", ")))
    })
}

fn name_of<T: PartialEq>(value: T, all: &[(&'static str, T)]) -> &'static str {
    let found = all.iter().find(|(_, known)| *known == value);
    found.map_or("", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_has_a_name_that_is_parsed_again() {
        for (theme, _) in Theme::ALL {
            for (density, _) in Density::ALL {
                for (clock, _) in ClockFormat::ALL {
                    let look = Appearance::parse(theme, density, clock).expect("known names");
                    let names = [look.theme.name(), look.density.name(), look.clock.name()];
                    assert_eq!(names, [theme, density, clock]);
                }
            }
        }
        let known = Appearance::parse("system", "comfortable", "locale");
        assert_eq!(known, Ok(Appearance::default()));
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        let refused = Appearance::parse("pink", "compact", "24").map_err(|error| error.to_string());
        assert_eq!(refused, Err("Choose a theme: system, light, dark.".into()));
        assert!(Appearance::parse("dark", "", "24").is_err());
        assert!(Appearance::parse("dark", "compact", "12h").is_err());
    }
}
