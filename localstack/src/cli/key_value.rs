//! Options of the form `KEY=VALUE`.

/// The text has no equals sign, or nothing before it.
#[derive(Debug, thiserror::Error)]
#[error("write KEY=VALUE")]
pub(super) struct NotKeyAndValue;

/// Splits the text at its first equals sign.
///
/// # Errors
/// [`NotKeyAndValue`].
pub(super) fn key_and_value(text: &str) -> Result<(String, String), NotKeyAndValue> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(NotKeyAndValue),
    }
}
