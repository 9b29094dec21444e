//! How a rebuild is carried out.

use std::num::NonZeroU32;

/// The most segments: their checkpoints are read in one page.
const MAX_SEGMENTS: u32 = 1_000;

/// How a rebuild is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Parts that the scan has, up to 1,000. A run that has begun keeps those it began with.
    pub segments: NonZeroU32,
    /// Commits that are projected in a second, at most. One takes a read of its item, and of each projection's write
    /// what it takes from the stream.
    pub commits_per_second: NonZeroU32,
}

/// A setting that is not a number in range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {value:?}, not a whole number from 1 to {most}")]
pub struct SettingError {
    /// The environment variable.
    pub name: &'static str,
    /// What it holds.
    pub value: String,
    /// The most it may be.
    pub most: u32,
}

impl Settings {
    /// The settings in `REBUILD_SEGMENTS` and `REBUILD_COMMITS_PER_SECOND`, as `variable` gives them.
    ///
    /// # Errors
    /// [`SettingError`] naming the variable that is no number in range.
    pub fn read(variable: impl Fn(&'static str) -> String) -> Result<Self, SettingError> {
        let number = |name, most| {
            let value = variable(name);
            let number = value.parse().ok().filter(|number: &NonZeroU32| number.get() <= most);
            number.ok_or(SettingError { name, value, most })
        };
        Ok(Self {
            segments: number("REBUILD_SEGMENTS", MAX_SEGMENTS)?,
            commits_per_second: number("REBUILD_COMMITS_PER_SECOND", u32::MAX)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn what_is_no_number_in_range_is_named() {
        for value in ["", "0", "many", "1001"] {
            let error = Settings::read(|_| value.to_owned()).unwrap_err();
            assert_eq!((error.name, error.value.as_str()), ("REBUILD_SEGMENTS", value));
        }
        assert_eq!(Settings::read(|_| "16".to_owned()).unwrap().segments.get(), 16);
    }
}
