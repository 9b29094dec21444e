//! Words that a client knows from JSON, for the texts in which `serde` says what a type expects.

use std::borrow::Cow;

/// The expectation `expected` of `serde` without names of Rust types.
///
/// The texts are those of serde 1.0, `serde::de::impls`, and of its derive macro.
pub(super) fn in_json_words(expected: &str) -> Cow<'_, str> {
    Cow::Borrowed(match expected {
        "i8" => "a whole number from -128 to 127",
        "i16" => "a whole number from -32768 to 32767",
        "i32" => "a whole number from -2147483648 to 2147483647",
        "i64" | "i128" | "isize" => "a whole number of at most 64 bits",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number from 0 to 18446744073709551615",
        "a nonzero i8" | "a nonzero i16" | "a nonzero i32" | "a nonzero i64" | "a nonzero isize" => {
            "a whole number other than 0"
        }
        "a nonzero u8" | "a nonzero u16" | "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => {
            "a whole number of at least 1"
        }
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a character" | "string or map" | "variant identifier" => "a string",
        "a map" => "an object",
        "a sequence" => "an array",
        "unit" => "null",
        other => return of_shape(other),
    })
}

/// The expectation of a type whose text contains a name or a number.
fn of_shape(expected: &str) -> Cow<'_, str> {
    if let Some(size) = expected.strip_prefix("a tuple of size ") {
        return Cow::Owned(format!("an array of length {size}"));
    }
    let begins = |starts: &[&str]| starts.iter().any(|start| expected.starts_with(start));
    Cow::Borrowed(
        if begins(&["struct ", "internally tagged enum ", "adjacently tagged enum ", "map with "]) {
            "an object"
        } else if begins(&["tuple "]) {
            "an array"
        } else if begins(&["enum "]) {
            "a string"
        } else if begins(&["unit "]) {
            "null"
        } else {
            expected
        },
    )
}
