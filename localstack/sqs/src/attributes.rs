//! Attributes of messages: their rules (SQS guide, "Amazon SQS message metadata"), and the digests in SQS's responses,
//! which let a sender check that the message arrived unchanged.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::error::SqsError;

/// The attributes of one message, by name.
pub(super) type MessageAttributes = BTreeMap<String, MessageAttribute>;

/// Maximum number of attributes of a message.
const MAXIMUM_ATTRIBUTES: usize = 10;
/// Maximum number of characters of an attribute's name and of its type.
const MAXIMUM_NAME: usize = 256;
/// Maximum number of digits of a number.
const MAXIMUM_DIGITS: usize = 38;
/// The one attribute that a sender sets for SQS itself.
pub const TRACE_HEADER: &str = "AWSTraceHeader";

/// One message attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MessageAttribute {
    #[serde(default)]
    data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
    #[serde(default, skip_serializing)]
    string_list_values: Vec<String>,
    #[serde(default, skip_serializing)]
    binary_list_values: Vec<String>,
}

/// The value of a valid attribute.
enum Content<'a> {
    Text(&'a str),
    Bytes(Vec<u8>),
}

impl Content<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl MessageAttribute {
    /// The attribute's value, if type and value follow the rules.
    fn content(&self, name: &str) -> Result<Content<'_>, SqsError> {
        let invalid = |reason: &str| SqsError::Invalid(format!("The message attribute '{name}' {reason}"));
        if !self.string_list_values.is_empty() || !self.binary_list_values.is_empty() {
            let problem = "Message attribute list values in SendMessage operation are not supported.";
            return Err(SqsError::Unsupported(problem.to_owned()));
        }
        let kind = self.data_type.split('.').next().unwrap_or_default();
        if !matches!(kind, "String" | "Number" | "Binary") || self.data_type.chars().count() > MAXIMUM_NAME {
            return Err(invalid(
                "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
            ));
        }
        match (kind, &self.string_value, &self.binary_value) {
            ("String" | "Number", Some(text), None) if !text.is_empty() => {
                check_characters(text, &format!("the message attribute '{name}'"))?;
                if kind == "Number" && !is_number(text) {
                    return Err(invalid(&format!("has a value that is not a number: '{text}'.")));
                }
                Ok(Content::Text(text))
            }
            ("Binary", None, Some(base64)) if !base64.is_empty() => STANDARD
                .decode(base64)
                .map(Content::Bytes)
                .map_err(|_| invalid("has a value that is not base64.")),
            _ => {
                let value = if kind == "Binary" { "Binary" } else { "String" };
                Err(invalid(&format!(
                    "must contain one non-empty message attribute value of type '{value}' and no other."
                )))
            }
        }
    }
}

/// Checks the attributes of a message and returns their number of bytes: names, types and values count.
pub(super) fn check(attributes: &MessageAttributes) -> Result<usize, SqsError> {
    if attributes.len() > MAXIMUM_ATTRIBUTES {
        return Err(SqsError::Invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MAXIMUM_ATTRIBUTES}].",
            attributes.len()
        )));
    }
    let mut size = 0;
    for (name, attribute) in attributes {
        check_name(name)?;
        size += name.len() + attribute.data_type.len() + attribute.content(name)?.bytes().len();
    }
    Ok(size)
}

/// Checks the system attributes of a message to send. Only X-Ray's header exists.
pub(super) fn check_system(attributes: &MessageAttributes) -> Result<Option<&str>, SqsError> {
    if let Some(other) = attributes.keys().find(|name| *name != TRACE_HEADER) {
        return Err(SqsError::Invalid(format!("Message system attribute name '{other}' is invalid.")));
    }
    let Some(header) = attributes.get(TRACE_HEADER) else { return Ok(None) };
    let is_header = |text: &str| text.split(';').any(|part| part.trim_start().starts_with("Root=1-"));
    match (header.data_type.as_str(), header.content(TRACE_HEADER)?) {
        ("String", Content::Text(text)) if is_header(text) => Ok(Some(text)),
        _ => Err(SqsError::Invalid(format!(
            "The message system attribute '{TRACE_HEADER}' must be an X-Ray trace header of type 'String'."
        ))),
    }
}

fn check_name(name: &str) -> Result<(), SqsError> {
    let lower = name.to_ascii_lowercase();
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let reason = if name.is_empty() || name.len() > MAXIMUM_NAME {
        "must have 1 to 256 characters"
    } else if !name.bytes().all(is_of_name) {
        "can only contain alphanumeric characters, hyphens, underscores and periods"
    } else if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        "must not start with the reserved prefix AWS. or Amazon."
    } else if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        "must not start or end with a period, or have periods in succession"
    } else {
        return Ok(());
    };
    Err(SqsError::Invalid(format!("Message (user) attribute name '{name}' {reason}.")))
}

/// Checks that a text has only the characters that XML allows.
pub(super) fn check_characters(text: &str, place: &str) -> Result<(), SqsError> {
    let is_allowed = |character: &char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    match text.chars().find(|character| !is_allowed(character)) {
        Some(character) => Err(SqsError::Character(u32::from(character), place.to_owned())),
        None => Ok(()),
    }
}

fn is_number(text: &str) -> bool {
    let digits =
        text.bytes().take_while(|byte| !matches!(byte, b'e' | b'E')).filter(u8::is_ascii_digit).count();
    let is_decimal =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    let value: Option<f64> = text.parse().ok();
    is_decimal && digits <= MAXIMUM_DIGITS && value.is_some_and(|value| value.abs() <= 1e126)
}

/// The attributes whose names a receiver asks for: `All` or `.*` for all of them, `prefix.*`, or the whole name.
pub(super) fn select(attributes: MessageAttributes, names: &[String]) -> MessageAttributes {
    let is_asked = |name: &str| {
        names.iter().any(|asked| match asked.strip_suffix(".*") {
            Some(prefix) => name.starts_with(prefix),
            None => asked == "All" || asked == name,
        })
    };
    attributes.into_iter().filter(|(name, _)| is_asked(name)).collect()
}

/// MD5 of a message body, in hexadecimal.
pub(super) fn digest_of_body(body: &str) -> String {
    format!("{:x}", md5::compute(body))
}

/// MD5 of message attributes, as the SQS guide defines it in "Calculating the MD5 message digest for message
/// attributes": sorted by name, each part preceded by its length, with a 1 before text and a 2 before bytes. `None`
/// without attributes.
pub(super) fn digest_of_attributes(attributes: &MessageAttributes) -> Result<Option<String>, SqsError> {
    let mut encoded = Vec::new();
    for (name, attribute) in attributes {
        let content = attribute.content(name)?;
        put(&mut encoded, name.as_bytes());
        put(&mut encoded, attribute.data_type.as_bytes());
        encoded.push(if matches!(content, Content::Text(_)) { 1 } else { 2 });
        put(&mut encoded, content.bytes());
    }
    Ok((!attributes.is_empty()).then(|| format!("{:x}", md5::compute(encoded))))
}

fn put(encoded: &mut Vec<u8>, part: &[u8]) {
    encoded.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    encoded.extend(part);
}
