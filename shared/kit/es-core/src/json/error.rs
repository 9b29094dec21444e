//! Errors of JSON input that do not repeat the input.

use serde_json::error::Category;

use super::words::in_json_words;

/// Why JSON cannot be read: what was expected, and where. The text leaves out what was found instead. That may be
/// personal data, a secret in the wrong field, or a very long text, and errors end in logs and in responses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

/// A JSON text, or a part of it, that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct InvalidJson {
    /// The path of the invalid part, such as `items[0].quantity`. The path is empty if the whole text is invalid.
    pub field: String,
    /// What was expected. The text does not repeat the input.
    pub detail: JsonError,
}

/// The beginnings of the `serde` messages that say first what was found and then what was expected.
const FOUND_AND_EXPECTED: [&str; 5] =
    ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant `", "unknown field `"];

/// The texts that separate the found part from the expected part in these messages.
const BEFORE_EXPECTED: [&str; 2] = [", expected ", ", there are no "];

/// The beginnings of the `serde` messages that name only a field of our own types.
const OF_OUR_FIELDS: [&str; 2] = ["missing field `", "duplicate field `"];

impl From<&serde_json::Error> for JsonError {
    fn from(error: &serde_json::Error) -> Self {
        let message = error.to_string();
        let safe = match error.classify() {
            // The parser's own messages are constants, so they cannot repeat input.
            Category::Syntax | Category::Eof => Some(message.clone()),
            Category::Data => without_found(&message).map(with_json_types),
            Category::Io => None,
        };
        let place = || match error.line() {
            0 => String::new(),
            line => format!(" at line {line} column {}", error.column()),
        };
        Self(safe.unwrap_or_else(|| format!("the value cannot be accepted{}", place())))
    }
}

/// `message` without the part that was found. The result is `None` for a message of an unknown form, because such a
/// message may repeat input anywhere.
fn without_found(message: &str) -> Option<&str> {
    let has_form = |forms: &[&str]| forms.iter().any(|form| message.starts_with(form));
    if has_form(&OF_OUR_FIELDS) {
        return Some(message);
    }
    // The last separator counts: the found part may contain a separator too, and the expected part comes from our code.
    let end = BEFORE_EXPECTED.iter().filter_map(|start| message.rfind(start)).max();
    end.filter(|_| has_form(&FOUND_AND_EXPECTED)).and_then(|end| message.get(end + 2..))
}

/// `message` of `serde` with the names of Rust types replaced by words that a client knows from JSON.
fn with_json_types(message: &str) -> String {
    let Some(expected) = message.strip_prefix("expected ") else { return message.to_owned() };
    let (expected, place) = expected.split_at(expected.find(" at line ").unwrap_or(expected.len()));
    format!("expected {}{place}", in_json_words(expected))
}

impl JsonError {
    /// The error with a text of this crate, which does not repeat input.
    pub(super) fn from_own_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self::from(&error)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Deserialize;
    use serde::de::DeserializeOwned;
    use serde_json::{from_str, from_value, json};

    use super::JsonError;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parcel {
        #[expect(dead_code, reason = "the test only deserializes into the field")]
        pieces: u8,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    #[derive(Debug, Deserialize)]
    enum Answer {
        Yes,
    }

    #[derive(Debug, Deserialize)]
    enum Never {}

    #[derive(Debug, Deserialize)]
    enum Side {
        Left,
        Right,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "the test refuses every field")]
    struct Three {
        a: u8,
        b: u8,
        c: u8,
    }

    #[derive(Debug, Deserialize)]
    enum Holding {
        #[expect(dead_code, reason = "the test refuses the variant")]
        Text(String),
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "the test refuses every variant")]
    enum Untagged {
        Number(u8),
        Flag(bool),
    }

    /// A type whose error messages repeat the input.
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "String")]
    struct RepeatsInput;

    impl TryFrom<String> for RepeatsInput {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            Err(format!("{text}, expected {text}"))
        }
    }

    /// Asserts that `serde` reports `message` for `text` and that [`JsonError`] shortens it to `shortened`. If the
    /// first assertion fails, `serde` has changed its messages, and the constants above must be adapted.
    #[track_caller]
    fn assert_shortened<T: DeserializeOwned + Debug>(text: &str, message: &str, shortened: &str) {
        let error = from_str::<T>(text).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(JsonError::from(error).to_string(), shortened);
    }

    #[test]
    fn a_message_keeps_what_was_expected_and_drops_what_was_found() {
        let found = r#"invalid type: string "secret", expected u8 at line 1 column 18"#;
        assert_shortened::<Parcel>(
            r#"{"pieces":"secret"}"#,
            found,
            "expected a whole number from 0 to 255 at line 1 column 18",
        );
        let found = r#"invalid type: string ", expected nothing", expected u8 at line 1 column 30"#;
        assert_shortened::<Parcel>(
            r#"{"pieces":", expected nothing"}"#,
            found,
            "expected a whole number from 0 to 255 at line 1 column 30",
        );
        let found = "invalid value: integer `-77`, expected u8 at line 1 column 13";
        assert_shortened::<Parcel>(
            r#"{"pieces":-77}"#,
            found,
            "expected a whole number from 0 to 255 at line 1 column 13",
        );
        let found = "invalid length 1, expected a tuple of size 2 at line 1 column 3";
        assert_shortened::<(u8, u8)>("[1]", found, "expected an array of length 2 at line 1 column 3");
        let found = "unknown variant `secret`, expected `Yes` at line 1 column 8";
        assert_shortened::<Answer>(r#""secret""#, found, "expected `Yes` at line 1 column 8");
        let found = "unknown variant `secret`, there are no variants at line 1 column 8";
        assert_shortened::<Never>(r#""secret""#, found, "there are no variants at line 1 column 8");
        let found = "unknown field `secret`, expected `pieces` at line 1 column 9";
        assert_shortened::<Parcel>(r#"{"secret":1}"#, found, "expected `pieces` at line 1 column 9");
        let found = "unknown field `secret`, there are no fields at line 1 column 9";
        assert_shortened::<Nothing>(r#"{"secret":1}"#, found, "there are no fields at line 1 column 9");
        assert!(matches!(from_str(r#""Yes""#), Ok(Answer::Yes)));
    }

    /// The kinds of values that `serde` repeats: the variants of `serde::de::Unexpected` that JSON has, in the messages of
    /// `serde::de::Error`.
    #[test]
    fn a_found_value_of_any_kind_is_dropped() {
        #[track_caller]
        fn assert_dropped<T: DeserializeOwned + Debug>(value: serde_json::Value, message: &str, kept: &str) {
            let error = from_value::<T>(value).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(JsonError::from(error).to_string(), kept);
        }
        let whole = "expected a whole number from 0 to 255";
        for (found, message) in [
            (json!(true), "invalid type: boolean `true`, expected u8"),
            (json!(4711), "invalid value: integer `4711`, expected u8"),
            (json!(-4711), "invalid value: integer `-4711`, expected u8"),
            (json!(47.5), "invalid type: floating point `47.5`, expected u8"),
            (json!("secret"), r#"invalid type: string "secret", expected u8"#),
            (json!("`, expected `a\"b"), r#"invalid type: string "`, expected `a\"b", expected u8"#),
            (json!(null), "invalid type: null, expected u8"),
            (json!(["secret"]), "invalid type: sequence, expected u8"),
            (json!({"secret": 1}), "invalid type: map, expected u8"),
        ] {
            assert_dropped::<Parcel>(json!({ "pieces": found }), message, whole);
        }
        let message = r#"invalid value: string "secret", expected a character"#;
        assert_dropped::<char>(json!("secret"), message, "expected a string");
        let message = "invalid length 3, expected fewer elements in array";
        assert_dropped::<(u8, u8)>(json!([1, 2, 3]), message, "expected fewer elements in array");
        let message = "unknown variant `secret`, expected `Left` or `Right`";
        assert_dropped::<Side>(json!("secret"), message, "expected `Left` or `Right`");
        let message = "unknown variant `, there are no variants`, expected `Yes`";
        assert_dropped::<Answer>(json!(", there are no variants"), message, "expected `Yes`");
        let message = "unknown field `secret`, expected one of `a`, `b`, `c`";
        assert_dropped::<Three>(json!({"secret": 1}), message, "expected one of `a`, `b`, `c`");
        let message = "invalid type: unit variant, expected newtype variant";
        assert_dropped::<Holding>(json!("Text"), message, "expected newtype variant");
        let message = "data did not match any variant of untagged enum Untagged";
        assert_dropped::<Untagged>(json!("secret"), message, "the value cannot be accepted");
    }

    #[test]
    fn a_message_that_repeats_no_input_is_kept_whole() {
        let unchanged = |text: &str, message: &str| assert_shortened::<Parcel>(text, message, message);
        unchanged("{}", "missing field `pieces` at line 1 column 2");
        unchanged(r#"{"pieces":1,"pieces":2}"#, "duplicate field `pieces` at line 1 column 20");
        unchanged(r#"{"pieces":1} secret"#, "trailing characters at line 1 column 14");
        unchanged("{", "EOF while parsing an object at line 1 column 1");
        unchanged(r#"{"pieces" secret"#, "expected `:` at line 1 column 11");
        unchanged(r#"{"pieces":secret}"#, "expected value at line 1 column 11");
    }

    #[test]
    fn a_message_of_an_unknown_form_keeps_only_the_position() {
        let found = "secret, expected secret at line 1 column 10";
        let shortened = "the value cannot be accepted at line 1 column 10";
        assert_shortened::<Vec<RepeatsInput>>(r#"["secret"]"#, found, shortened);
        let error = from_value::<RepeatsInput>(json!("secret")).unwrap_err();
        assert_eq!(JsonError::from(error).to_string(), "the value cannot be accepted");
    }
}
