//! What is wrong with JSON, without what stands in it.

/// JSON that cannot be read: what was expected, and where. What stands there instead is left out, for it may be anybody's
/// name, a secret in the wrong field, or as long as its sender likes; an error ends in logs and answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

/// Where the found ends and the expected begins in a message of `serde`.
const BEFORE_EXPECTED: [&str; 2] = [", expected ", ", there are no "];

impl From<&serde_json::Error> for JsonError {
    fn from(error: &serde_json::Error) -> Self {
        let message = error.to_string();
        // The last one: what was found can hold anything, what is expected is written here.
        let end = BEFORE_EXPECTED.iter().filter_map(|start| message.rfind(start)).max();
        Self(end.and_then(|end| message.get(end + 2..)).unwrap_or(&message).to_owned())
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self::from(&error)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::JsonError;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parcel {
        #[expect(dead_code, reason = "it is only read into")]
        pieces: u8,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    #[derive(Debug, Deserialize)]
    enum Answer {
        Yes,
    }

    fn told<T: for<'t> Deserialize<'t> + std::fmt::Debug>(text: &str) -> String {
        let error = serde_json::from_str::<T>(text).unwrap_err();
        JsonError::from(error).to_string()
    }

    #[test]
    fn it_tells_what_was_expected_and_not_what_was_found() {
        assert_eq!(told::<Parcel>(r#"{"pieces":"secret"}"#), "expected u8 at line 1 column 18");
        assert_eq!(told::<Parcel>(r#"{"pieces":-77}"#), "expected u8 at line 1 column 13");
        assert_eq!(told::<Parcel>(r#"{"secret":1}"#), "expected `pieces` at line 1 column 9");
        assert_eq!(told::<Nothing>(r#"{"secret":1}"#), "there are no fields at line 1 column 9");
        assert_eq!(told::<Answer>(r#""secret""#), "expected `Yes` at line 1 column 8");
        assert_eq!(told::<Parcel>(r#"{"pieces":", expected nothing"}"#), "expected u8 at line 1 column 30");
    }

    #[test]
    fn what_tells_of_nothing_found_is_told_whole() {
        assert_eq!(told::<Parcel>("{"), "EOF while parsing an object at line 1 column 1");
        assert_eq!(told::<Parcel>("{}"), "missing field `pieces` at line 1 column 2");
        assert!(matches!(serde_json::from_str::<Answer>(r#""Yes""#), Ok(Answer::Yes)));
    }
}
