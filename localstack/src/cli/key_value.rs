//! Options of the form `KEY=VALUE`.

/// A parameter without a key, or without a value.
#[derive(Debug, thiserror::Error)]
#[error("is not KEY=VALUE")]
pub(super) struct NotKeyAndValue;

/// The two sides of the first equals sign.
///
/// # Errors
/// [`NotKeyAndValue`].
pub(super) fn key_and_value(text: &str) -> Result<(String, String), NotKeyAndValue> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(NotKeyAndValue),
    }
}
