//! Which function is which projection.

use std::collections::BTreeMap;
use std::str::FromStr;

/// Which function is which projection, by the functions' ARNs: a name that `CloudFormation` makes tells nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionFunctions(BTreeMap<String, String>);

/// A text that does not say which function is which projection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("PROJECTION_FUNCTIONS has {0:?}, which is not of the form <projection>=<ARN of its function>")]
pub struct SettingError(String);

impl ProjectionFunctions {
    /// The projection that the function `arn` is.
    pub(crate) fn projection(&self, arn: &str) -> Option<&str> {
        self.0.get(arn).map(String::as_str)
    }
}

impl FromStr for ProjectionFunctions {
    type Err = SettingError;

    /// Reads `<projection>=<ARN>`, separated by commas.
    fn from_str(text: &str) -> Result<Self, SettingError> {
        let pair = |pair: &str| match pair.trim().split_once('=') {
            Some((projection, arn)) if !projection.is_empty() && arn.starts_with("arn:") => {
                Ok((arn.to_owned(), projection.to_owned()))
            }
            _ => Err(SettingError(pair.to_owned())),
        };
        text.split(',').map(pair).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::ProjectionFunctions;

    #[test]
    fn a_function_is_found_by_its_arn() {
        let functions: ProjectionFunctions = "a=arn:aws:lambda:x:1:function:f, b=arn:aws:g".parse().unwrap();
        assert_eq!(functions.projection("arn:aws:lambda:x:1:function:f"), Some("a"));
        assert_eq!(functions.projection("arn:aws:h"), None);
        for wrong in ["", "a", "a=f", "=arn:aws:f"] {
            assert!(wrong.parse::<ProjectionFunctions>().is_err(), "{wrong}");
        }
    }
}
