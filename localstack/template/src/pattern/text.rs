//! The operators for texts: `prefix`, `suffix`, `equals-ignore-case` and `wildcard`.

use serde_json::Value;

/// A test of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextTest {
    form: Form,
    /// True if upper and lower case are the same. The texts of the form are in lower case then.
    ignores_case: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Whole(String),
    Prefix(String),
    Suffix(String),
    /// The texts between the wildcards, at least one.
    Wildcard(Vec<String>),
}

impl TextTest {
    /// Reads an operator and its argument; `None` if they are no test of a text.
    ///
    /// # Errors
    /// What is wrong with a wildcard.
    pub(super) fn from_json(name: &str, argument: &Value) -> Result<Option<Self>, String> {
        let form: fn(String) -> Form = match (name, argument) {
            ("prefix", _) => Form::Prefix,
            ("suffix", _) => Form::Suffix,
            ("equals-ignore-case", Value::String(text)) => {
                return Ok(Some(Self { form: Form::Whole(text.to_lowercase()), ignores_case: true }));
            }
            ("wildcard", Value::String(text)) => {
                return Ok(Some(Self { form: Form::Wildcard(parts_of(text)?), ignores_case: false }));
            }
            _ => return Ok(None),
        };
        let ignored = argument.as_object().filter(|operator| operator.len() == 1);
        let ignored = ignored.and_then(|operator| operator.get("equals-ignore-case")?.as_str());
        Ok(match (argument, ignored) {
            (Value::String(text), _) => Some(Self { form: form(text.clone()), ignores_case: false }),
            (_, Some(text)) => Some(Self { form: form(text.to_lowercase()), ignores_case: true }),
            _ => None,
        })
    }

    /// True if `text` passes the test.
    pub(super) fn passes(&self, text: &str) -> bool {
        let lower = self.ignores_case.then(|| text.to_lowercase());
        let text = lower.as_deref().unwrap_or(text);
        match &self.form {
            Form::Whole(whole) => text == whole,
            Form::Prefix(prefix) => text.starts_with(prefix),
            Form::Suffix(suffix) => text.ends_with(suffix),
            Form::Wildcard(parts) => matches_parts(text, parts),
        }
    }
}

/// The texts between the wildcards of a pattern. A backslash makes the next asterisk or backslash an ordinary
/// character.
fn parts_of(pattern: &str) -> Result<Vec<String>, String> {
    let mut parts = vec![String::new()];
    let (mut characters, mut is_after_wildcard) = (pattern.chars(), false);
    while let Some(character) = characters.next() {
        let literal = match character {
            '*' if is_after_wildcard => return Err("wildcard must not have two * in succession".to_owned()),
            '*' => {
                parts.push(String::new());
                is_after_wildcard = true;
                continue;
            }
            '\\' => match characters.next() {
                Some(escaped @ ('*' | '\\')) => escaped,
                _ => return Err("wildcard may escape only * and \\".to_owned()),
            },
            other => other,
        };
        is_after_wildcard = false;
        if let Some(part) = parts.last_mut() {
            part.push(literal);
        }
    }
    Ok(parts)
}

/// True if `text` consists of the parts in their order, with any text between two of them.
fn matches_parts(text: &str, parts: &[String]) -> bool {
    let (first, rest) = match parts {
        [] => return text.is_empty(),
        [whole] => return text == whole,
        [first, rest @ ..] => (first, rest),
    };
    let Some((last, middle)) = rest.split_last() else { return false };
    let inner = text.strip_prefix(first.as_str()).and_then(|inner| inner.strip_suffix(last.as_str()));
    let after = |inner: &mut &str, part: &String| {
        let found = inner.split_once(part.as_str()).map(|(_, after)| after);
        found.map(|after| *inner = after).is_some()
    };
    inner.is_some_and(|mut inner| middle.iter().all(|part| after(&mut inner, part)))
}
