//! The setting that maps Lambda functions to projections.

use std::collections::BTreeMap;
use std::str::FromStr;

/// Maps the ARN of a Lambda function to the name of its projection. The map is necessary because `CloudFormation`
/// generates the function's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionFunctions(BTreeMap<String, String>);

/// An entry of `PROJECTION_FUNCTIONS` has the wrong form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an entry of PROJECTION_FUNCTIONS must have the form <projection>=<ARN of its function>, not {0:?}")]
pub struct SettingError(String);

impl ProjectionFunctions {
    /// The name of the projection that the function `arn` runs.
    pub(crate) fn projection(&self, arn: &str) -> Option<&str> {
        self.0.get(arn).map(String::as_str)
    }
}

impl FromStr for ProjectionFunctions {
    type Err = SettingError;

    /// Reads entries of the form `<projection>=<ARN>`, separated by commas. White space around an entry is ignored.
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
    fn a_projection_is_found_by_the_arn_of_its_function() {
        let functions: ProjectionFunctions = "a=arn:aws:lambda:x:1:function:f, b=arn:aws:g".parse().unwrap();
        assert_eq!(functions.projection("arn:aws:lambda:x:1:function:f"), Some("a"));
        assert_eq!(functions.projection("arn:aws:h"), None);
        for wrong in ["", "a", "a=f", "=arn:aws:f"] {
            assert!(wrong.parse::<ProjectionFunctions>().is_err(), "{wrong}");
        }
    }
}
