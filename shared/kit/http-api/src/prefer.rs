//! The header `Prefer` (RFC 7240): a list of preferences, of which only `wait` has a meaning here.

use crate::tags::OWS;

/// The number of seconds in the preference `wait` of the field value `preferences`; 0 if there is no such preference.
/// `None` if the value is malformed, or if `wait` is not a whole number.
///
/// If a preference is repeated, the first one counts (RFC 7240, section 2).
pub(crate) fn wait(preferences: &str) -> Option<u64> {
    let (mut wait, mut has_preference) = (None, false);
    for preference in split(preferences, ',')? {
        let mut parts = split(preference, ';')?.into_iter();
        let first = parts.next().unwrap_or_default().trim_matches(OWS);
        if first.is_empty() && preference.trim_matches(OWS).is_empty() {
            continue;
        }
        let (name, value) = parameter(first)?;
        // A parameter may be empty.
        if !parts.all(|part| part.trim_matches(OWS).is_empty() || parameter(part).is_some()) {
            return None;
        }
        has_preference = true;
        if name.eq_ignore_ascii_case("wait") && wait.is_none() {
            wait = Some(seconds(value)?);
        }
    }
    has_preference.then_some(wait.unwrap_or(0))
}

/// A number too large for 64 bits is a valid number of seconds, and longer than any wait.
fn seconds(value: &str) -> Option<u64> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| value.parse().unwrap_or(u64::MAX))
}

/// Splits `text` at each `separator` outside of quotes. `None` if a quoted string does not end.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut is_quoted, mut is_escaped) = (Vec::new(), 0, false, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            // Outside of quotes, `parameter` refuses a backslash.
            '\\' => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if character == separator && !is_quoted => {
                parts.push(text.get(start..index)?);
                start = index + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (!is_quoted).then_some(parts)
}

/// The name and the value of `token`, `token=token` or `token="text"`. A missing value is empty.
fn parameter(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    let (name, value) = (name.trim_matches(OWS), value.map(|value| value.trim_matches(OWS)));
    let value = match value {
        None => "",
        Some(value) if is_token(value) => value,
        Some(value) => value.strip_prefix('"')?.strip_suffix('"').filter(|text| is_quotable(text))?,
    };
    is_token(name).then_some((name, value))
}

/// A token (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token)
}

/// Whether `text` may stand in quotes: every quote and backslash is escaped.
fn is_quotable(text: &str) -> bool {
    let mut is_escaped = false;
    for character in text.chars() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return false,
            _ => {}
        }
    }
    !is_escaped
}
