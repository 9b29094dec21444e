//! The arguments of the program, which `tests/peers/run` gives.

use std::path::PathBuf;

use crate::error::PeersError;

/// The arguments of a comparison.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// The address of `DynamoDB`.
    pub(crate) endpoint: String,
    /// The name and the version of that `DynamoDB`.
    pub(crate) engine: String,
    /// The version of the compiler.
    pub(crate) compiler: String,
    /// A short run instead of one for the page.
    pub(crate) quick: bool,
    /// The one table to measure, instead of all tables.
    pub(crate) only: Option<String>,
    /// The page to write the tables into.
    pub(crate) write: Option<PathBuf>,
    /// The output of `cargo local load`.
    pub(crate) load: Option<PathBuf>,
}

impl Arguments {
    /// Reads the arguments.
    ///
    /// # Errors
    /// [`PeersError::Argument`] with the argument that is unknown or lacks its value.
    pub(crate) fn read(words: impl IntoIterator<Item = String>) -> Result<Self, PeersError> {
        let mut arguments = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if word == "--quick" {
                arguments.quick = true;
                continue;
            }
            let value = words.next().ok_or_else(|| PeersError::Argument(word.clone()))?;
            match word.as_str() {
                "--endpoint" => arguments.endpoint = value,
                "--engine" => arguments.engine = value,
                "--compiler" => arguments.compiler = value,
                "--only" => arguments.only = Some(value),
                "--write" => arguments.write = Some(value.into()),
                "--load" => arguments.load = Some(value.into()),
                _ => return Err(PeersError::Argument(word)),
            }
        }
        if arguments.endpoint.is_empty() {
            return Err(PeersError::Argument("--endpoint".to_owned()));
        }
        if arguments.quick && arguments.write.is_some() {
            return Err(PeersError::Page("a quick run measures too little to be written".to_owned()));
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn read(line: &str) -> Result<Arguments, crate::error::PeersError> {
        Arguments::read(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn a_quick_run_is_not_written() {
        assert!(read("--endpoint http://127.0.0.1:1 --quick").unwrap().quick);
        assert!(read("--endpoint http://127.0.0.1:1 --quick --write page.md").is_err());
    }

    #[test]
    fn an_unknown_argument_and_a_missing_value_are_refused() {
        for line in ["--endpoint", "--gone 1", "--quick"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
