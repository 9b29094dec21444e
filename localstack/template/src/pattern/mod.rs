//! Event patterns: the language of the rules of event buses and of the filters of event source mappings.
//!
//! A pattern has the form of the document that it matches, with a list of alternatives in place of each value
//! (`EventBridge` user guide, "Creating Amazon `EventBridge` event patterns"). A filter knows fewer operators than a
//! rule (Lambda guide, "Control which events Lambda sends to your function"). An operator that the dialect does not
//! have is refused by name.

mod condition;
mod dialect;
mod network;
mod text;

use serde_json::{Map, Value};

use condition::Condition;
pub(crate) use dialect::Dialect;

/// Conditions on a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// A map in which every named member matches its pattern.
    Members(Vec<(String, Self)>),
    /// One of the patterns matches the same map: `$or`.
    Either(Vec<Self>),
    /// All patterns match the same map.
    Both(Vec<Self>),
    /// A value that fulfils one of the conditions.
    OneOf(Vec<Condition>),
}

impl Pattern {
    /// Reads a pattern's map.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub(crate) fn from_members(members: &Map<String, Value>, dialect: Dialect) -> Result<Self, String> {
        let mut named = Vec::new();
        let mut all = Vec::new();
        for (name, value) in members {
            match (name.as_str(), value) {
                ("$or", Value::Array(alternatives)) => all.push(Self::either(alternatives, dialect)?),
                ("$or", _) => return Err("$or must be a list".to_owned()),
                _ => named.push((name.clone(), Self::from_value(name, value, dialect)?)),
            }
        }
        all.push(Self::Members(named));
        Ok(Self::Both(all))
    }

    fn from_value(name: &str, value: &Value, dialect: Dialect) -> Result<Self, String> {
        match value {
            Value::Object(members) => Self::from_members(members, dialect),
            Value::Array(alternatives) if !alternatives.is_empty() => {
                let condition = |alternative| Condition::from_json(alternative, dialect);
                alternatives.iter().map(condition).collect::<Result<_, _>>().map(Self::OneOf)
            }
            _ => Err(format!("{name} must be a map or a list of alternatives")),
        }
    }

    fn either(alternatives: &[Value], dialect: Dialect) -> Result<Self, String> {
        let alternative = |alternative: &Value| match alternative {
            Value::Object(members) => Self::from_members(members, dialect),
            _ => Err("$or must be a list of maps".to_owned()),
        };
        alternatives.iter().map(alternative).collect::<Result<_, _>>().map(Self::Either)
    }

    /// Matches a value, or the absence of a value.
    pub(crate) fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Members(members) => match value {
                // A list matches if one of its elements does.
                Some(Value::Array(elements)) => elements.iter().any(|element| self.matches(Some(element))),
                None | Some(Value::Object(_)) => {
                    let member = |name: &String| value.and_then(|value| value.get(name));
                    members.iter().all(|(name, pattern)| pattern.matches(member(name)))
                }
                // A value that is not a map, such as data that is not JSON, matches no pattern that is a map.
                Some(_) => false,
            },
            Self::Either(patterns) => patterns.iter().any(|pattern| pattern.matches(value)),
            Self::Both(patterns) => patterns.iter().all(|pattern| pattern.matches(value)),
            Self::OneOf(conditions) => conditions.iter().any(|condition| condition.holds(value)),
        }
    }
}
