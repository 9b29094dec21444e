//! Strict JSON: reads the bodies of requests, and describes what cannot be read.
//!
//! The reader is stricter than `serde_json` where `serde_json` would guess. It refuses repeated members, and arrays in
//! place of objects. It is as tolerant as JSON Schema where `serde_json` is not: a whole number may be written as `1`,
//! `1.0` or `10e-1`.

mod error;
mod number;
mod path;
mod tree;
mod typed;
mod words;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use error::{InvalidJson, JsonError};
pub use tree::StrictValue;

/// A JSON text that was read once. Its objects have no repeated members, and its whole numbers are integers regardless
/// of their spelling.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonDocument(Value);

impl JsonDocument {
    /// Reads `text`.
    ///
    /// # Errors
    /// [`InvalidJson`] if `text` is not JSON, repeats a member of an object, or has a number with too many digits.
    pub fn parse(text: &str) -> Result<Self, InvalidJson> {
        tree::parse(text).map(Self)
    }

    /// The document as a JSON value.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.0
    }

    /// Converts the document into a `T`.
    ///
    /// # Errors
    /// Those of [`read_json`].
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, InvalidJson> {
        read_json(&self.0)
    }
}

/// Converts `value` into a `T`. A struct requires an object, and an enum requires a string.
///
/// # Errors
/// [`InvalidJson`] with the path of the member that is missing, unknown or has the wrong type.
pub fn read_json<T: DeserializeOwned>(value: &Value) -> Result<T, InvalidJson> {
    typed::read(value)
}
