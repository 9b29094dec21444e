//! The settings of a rebuild.

use std::num::NonZeroU32;

/// The most segments. The checkpoints of so many segments fit into one page of a query, which has at most 1 MB.
const MAX_SEGMENTS: u32 = 1_000;

/// The settings of a rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The number of segments of the scan, 1 to 1,000. A run keeps the number that it began with.
    pub segments: NonZeroU32,
    /// The most commits that are projected per second, 1 to 4,294,967,295. For each commit, the rebuild reads the
    /// commit's item, and each projection writes as much as for a commit that the stream delivers.
    pub commits_per_second: NonZeroU32,
}

/// A setting is not a number in the allowed range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be a whole number from 1 to {most}, not {value:?}")]
pub struct SettingError {
    /// The environment variable.
    pub name: &'static str,
    /// The variable's value.
    pub value: String,
    /// The largest allowed value.
    pub most: u32,
}

impl Settings {
    /// Reads the settings `REBUILD_SEGMENTS` and `REBUILD_COMMITS_PER_SECOND`. `variable` returns the value of an
    /// environment variable.
    ///
    /// # Errors
    /// [`SettingError`] that names the variable whose value is not a number in the allowed range.
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
    fn the_error_names_the_variable_that_is_not_a_number_in_range() {
        for value in ["", "0", "many", "1001"] {
            let error = Settings::read(|_| value.to_owned()).unwrap_err();
            assert_eq!((error.name, error.value.as_str()), ("REBUILD_SEGMENTS", value));
        }
        assert_eq!(Settings::read(|_| "16".to_owned()).unwrap().segments.get(), 16);
    }
}
