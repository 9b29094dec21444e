//! The checks that Kinesis makes on a request before it executes the operation: first the JSON types, then the
//! constraints of the API reference. The messages are Kinesis's own, as the tests of `mhart/kinesalite` observed them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use stack_base::service_error::ServiceError;

/// Maximum number of violations in one message.
const MAXIMUM_VIOLATIONS: usize = 10;

/// One member of a request.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) presence: Presence,
    pub(super) constraints: &'static [Constraint],
}

/// Whether a request must have a member.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Optional,
    Required,
    /// The request may have the named member instead.
    RequiredWithout(&'static str),
}

/// The type of a member in Kinesis's model.
pub(super) enum Kind {
    Text,
    Integer,
    Timestamp,
    Blob,
    /// A list of structures. The text is how Kinesis writes one of them in a message.
    List(&'static [Member], &'static str),
    Structure(&'static [Member]),
}

/// A rule for the value of a member.
pub(super) enum Constraint {
    /// A name of letters, digits, `_`, `.` and `-`.
    Name,
    /// A decimal number without leading zeros, with at most this many digits after the first.
    Number(usize),
    /// The ARN of a stream.
    StreamArn,
    OneOf(&'static [&'static str]),
    MinimumLength(usize),
    MaximumLength(usize),
    Minimum(i64),
    Maximum(i64),
}

/// Checks a request against its members.
///
/// # Errors
/// `SerializationException` for the first value of a wrong type; otherwise `ValidationException`, with up to ten
/// violations.
pub(super) fn check(members: &[Member], request: &Value) -> Result<(), ServiceError> {
    if let Some(problem) = structure_type_error(members, request) {
        return Err(ServiceError::client("SerializationException", problem));
    }
    let mut violations = Vec::new();
    if let Some(request) = request.as_object() {
        violate(members, request, "", &mut violations);
    }
    violations.truncate(MAXIMUM_VIOLATIONS);
    if violations.is_empty() {
        return Ok(());
    }
    let (number, plural) = (violations.len(), if violations.len() == 1 { "" } else { "s" });
    let problem = format!("{number} validation error{plural} detected: {}", violations.join("; "));
    Err(ServiceError::client("ValidationException", problem))
}

fn structure_type_error(members: &[Member], value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Object(values) => {
            members.iter().find_map(|member| type_error(&member.kind, values.get(member.name)?))
        }
        Value::Array(_) => Some("Start of list found where not expected".to_owned()),
        _ => Some("Expected null".to_owned()),
    }
}

/// What is wrong with the JSON type of a value, if anything.
fn type_error(kind: &Kind, value: &Value) -> Option<String> {
    let target = match (kind, value) {
        (_, Value::Null)
        | (Kind::Text, Value::String(_))
        | (Kind::Integer | Kind::Timestamp, Value::Number(_)) => return None,
        (Kind::Structure(members), _) => return structure_type_error(members, value),
        (Kind::List(members, _), Value::Array(values)) => {
            return values.iter().find_map(|value| structure_type_error(members, value));
        }
        (_, Value::Array(_)) => return Some("Start of list found where not expected".to_owned()),
        (_, Value::Object(_)) => {
            return Some("Start of structure or map found where not expected.".to_owned());
        }
        (Kind::List(..), _) => return Some("Expected list or null".to_owned()),
        (Kind::Blob, Value::String(text)) => return base64_error(text),
        (Kind::Text, _) => "an String",
        (Kind::Integer, _) => "an Integer",
        (Kind::Timestamp, _) => "milliseconds since epoch",
        (Kind::Blob, _) => "a Blob",
    };
    let class = match value {
        Value::Bool(_) => "java.lang.Boolean",
        Value::String(_) => "java.lang.String",
        _ => "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
    };
    Some(format!("class {class} can not be converted to {target}"))
}

fn base64_error(text: &str) -> Option<String> {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '+' | '/');
    let problem = if !text.len().is_multiple_of(4) {
        format!("Base64 encoded length is expected a multiple of 4 bytes but found: {}", text.len())
    } else if let Some(character) =
        text.trim_end_matches('=').chars().find(|character| !is_allowed(*character))
    {
        format!("Invalid Base64 character: '{character}'")
    } else if STANDARD.decode(text).is_err() {
        // The last word is misspelt in Kinesis's message.
        "Invalid last non-pad Base64 character dectected".to_owned()
    } else {
        return None;
    };
    Some(format!("'{text}' can not be converted to a Blob: {problem}"))
}

fn violate(members: &[Member], values: &Map<String, Value>, path: &str, violations: &mut Vec<String>) {
    for member in members {
        let value = values.get(member.name).unwrap_or(&Value::Null);
        let path = format!("{path}{}", lower_first(member.name));
        let mut violated = |constraint: &str| {
            let value = written(&member.kind, value);
            violations.push(format!("Value {value} at '{path}' failed to satisfy constraint: {constraint}"));
        };
        if value.is_null() {
            let is_required = match member.presence {
                Presence::Optional => false,
                Presence::Required => true,
                Presence::RequiredWithout(other) => values.get(other).is_none_or(Value::is_null),
            };
            if is_required {
                violated("Member must not be null");
            }
            continue;
        }
        member
            .constraints
            .iter()
            .filter(|rule| !rule.admits(member, value))
            .for_each(|rule| violated(&rule.text()));
        match (&member.kind, value) {
            (Kind::List(members, _), Value::Array(elements)) => {
                for (number, element) in (1..).zip(elements) {
                    if violations.len() >= MAXIMUM_VIOLATIONS {
                        return;
                    }
                    if let Value::Object(element) = element {
                        violate(members, element, &format!("{path}.{number}.member."), violations);
                    }
                }
            }
            (Kind::Structure(members), Value::Object(values)) => {
                violate(members, values, &format!("{path}."), violations);
            }
            _ => {}
        }
    }
}

/// A value as Kinesis writes it in a message.
fn written(kind: &Kind, value: &Value) -> String {
    match (kind, value) {
        (Kind::Blob, Value::String(text)) => {
            let length = decoded_length(text);
            format!("'java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]'")
        }
        (Kind::List(_, element), Value::Array(elements)) => {
            format!("'[{}]'", vec![*element; elements.len()].join(", "))
        }
        (_, Value::String(text)) => format!("'{text}'"),
        (_, Value::Null) => "null".to_owned(),
        _ => format!("'{value}'"),
    }
}

fn decoded_length(base64: &str) -> usize {
    base64.len() / 4 * 3 + base64.trim_end_matches('=').len() - base64.len()
}

fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(characters).collect()
}

impl Constraint {
    fn admits(&self, member: &Member, value: &Value) -> bool {
        let text = value.as_str().unwrap_or_default();
        let length = || match (&member.kind, value) {
            (Kind::Blob, _) => decoded_length(text),
            (_, Value::Array(elements)) => elements.len(),
            _ => text.chars().count(),
        };
        let number = value.as_f64().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "the bounds are below 2^53")]
        match self {
            Self::Name => !text.is_empty() && text.bytes().all(is_of_name),
            Self::Number(digits) => {
                let is_short = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= digits + 1;
                text == "0" || is_short && !text.is_empty() && !text.starts_with('0')
            }
            Self::StreamArn => {
                let mut parts = text.splitn(6, ':');
                let mut next = || parts.next().unwrap_or_default();
                let (arn, partition, service, _, account, resource) =
                    (next(), next(), next(), next(), next(), next());
                let name = resource.strip_prefix("stream/").unwrap_or_default();
                (arn, service) == ("arn", "kinesis")
                    && partition.starts_with("aws")
                    && account.len() == 12
                    && account.bytes().all(|byte| byte.is_ascii_digit())
                    && !name.is_empty()
                    && !name.contains(char::is_whitespace)
            }
            Self::OneOf(names) => names.contains(&text),
            Self::MinimumLength(least) => length() >= *least,
            Self::MaximumLength(most) => length() <= *most,
            Self::Minimum(least) => number >= *least as f64,
            Self::Maximum(most) => number <= *most as f64,
        }
    }

    fn text(&self) -> String {
        let pattern = |pattern: &str| format!("Member must satisfy regular expression pattern: {pattern}");
        match self {
            Self::Name => pattern("[a-zA-Z0-9_.-]+"),
            Self::Number(digits) => pattern(&format!("0|([1-9]\\d{{0,{digits}}})")),
            Self::StreamArn => pattern("arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+"),
            Self::OneOf(names) => format!("Member must satisfy enum value set: [{}]", names.join(", ")),
            Self::MinimumLength(least) => format!("Member must have length greater than or equal to {least}"),
            Self::MaximumLength(most) => format!("Member must have length less than or equal to {most}"),
            Self::Minimum(least) => format!("Member must have value greater than or equal to {least}"),
            Self::Maximum(most) => format!("Member must have value less than or equal to {most}"),
        }
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}
