//! The operators of a pattern (`EventBridge` user guide, "Comparison operators for use in event patterns").

use serde_json::{Number, Value};

use super::dialect::Dialect;
use super::network::Network;
use super::text::TextTest;

/// A condition on one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Equals(Value),
    AnythingBut(Vec<Value>),
    /// Any scalar except texts that pass one of the tests.
    NoneOf(Vec<TextTest>),
    Numeric(Vec<(Comparison, Number)>),
    Exists(bool),
    Text(TextTest),
    In(Network),
}

/// A comparison of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    /// Reads an alternative.
    ///
    /// # Errors
    /// What is wrong with the alternative.
    pub(super) fn from_json(value: &Value, dialect: Dialect) -> Result<Self, String> {
        let Value::Object(operator) = value else {
            return if value.is_array() {
                Err("an alternative must not be a list".to_owned())
            } else {
                Ok(Self::Equals(value.clone()))
            };
        };
        let Some((name, argument)) = operator.iter().next().filter(|_| operator.len() == 1) else {
            return Err("an alternative must have exactly one operator".to_owned());
        };
        let unknown = || format!("the operator {name} with {argument} is not supported locally");
        Ok(match (name.as_str(), argument, dialect) {
            ("exists", Value::Bool(exists), _) => Self::Exists(*exists),
            ("anything-but", Value::Array(values), _) if values.iter().all(is_scalar) => {
                Self::AnythingBut(values.clone())
            }
            ("anything-but", value, _) if is_scalar(value) => Self::AnythingBut(vec![value.clone()]),
            ("anything-but", Value::Object(refused), Dialect::Rule) => {
                let (name, argument) =
                    refused.iter().next().filter(|_| refused.len() == 1).ok_or_else(unknown)?;
                Self::NoneOf(text_tests(name, argument)?.ok_or_else(unknown)?)
            }
            ("numeric", Value::Array(parts), _) => Self::Numeric(comparisons(parts)?),
            ("cidr", Value::String(block), Dialect::Rule) => Self::In(Network::from_block(block)?),
            ("prefix" | "suffix" | "equals-ignore-case", Value::String(_), Dialect::Filter)
            | (_, _, Dialect::Rule) => Self::Text(TextTest::from_json(name, argument)?.ok_or_else(unknown)?),
            _ => return Err(unknown()),
        })
    }

    /// True if a value, or the absence of a value, fulfils the condition.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(exists), value) => *exists == value.is_some_and(is_leaf),
            (_, None) => false,
            // A list fulfils a condition if one of its elements does.
            (_, Some(Value::Array(elements))) => elements.iter().any(|element| self.holds_for(element)),
            (_, Some(value)) => self.holds_for(value),
        }
    }

    fn holds_for(&self, value: &Value) -> bool {
        let passes = |test: &TextTest| value.as_str().is_some_and(|text| test.passes(text));
        match self {
            Self::Equals(expected) => value == expected,
            Self::AnythingBut(refused) => is_scalar(value) && !refused.contains(value),
            Self::NoneOf(tests) => is_scalar(value) && !tests.iter().any(passes),
            Self::Numeric(comparisons) => comparisons.iter().all(|(comparison, number)| {
                let both = value.as_f64().zip(number.as_f64());
                both.is_some_and(|(value, number)| comparison.holds(value, number))
            }),
            Self::Exists(exists) => *exists,
            Self::Text(test) => passes(test),
            Self::In(network) => value.as_str().is_some_and(|text| network.contains(text)),
        }
    }
}

impl Comparison {
    fn holds(self, value: f64, number: f64) -> bool {
        let order = value.partial_cmp(&number);
        match self {
            Self::Equal => order.is_some_and(std::cmp::Ordering::is_eq),
            Self::Less => order.is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
            Self::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// True for a scalar and for a list of scalars: `exists` "only works on leaf nodes".
fn is_leaf(value: &Value) -> bool {
    value.as_array().map_or_else(|| is_scalar(value), |elements| elements.iter().any(is_scalar))
}

/// The tests of `anything-but` with an operator for texts, whose argument is one text or a list of texts.
fn text_tests(name: &str, argument: &Value) -> Result<Option<Vec<TextTest>>, String> {
    let arguments = argument.as_array().map_or(std::slice::from_ref(argument), Vec::as_slice);
    arguments.iter().map(|argument| TextTest::from_json(name, argument)).collect()
}

/// The comparisons of `numeric`: an operator and a number, once or twice.
fn comparisons(parts: &[Value]) -> Result<Vec<(Comparison, Number)>, String> {
    let invalid = || "numeric takes an operator and a number, once or twice".to_owned();
    if ![2, 4].contains(&parts.len()) {
        return Err(invalid());
    }
    let comparison = |pair: &[Value]| match pair {
        [Value::String(operator), Value::Number(number)] => {
            let comparison = match operator.as_str() {
                "=" => Comparison::Equal,
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                ">" => Comparison::Greater,
                ">=" => Comparison::GreaterOrEqual,
                other => return Err(format!("{other} is not an operator of numeric")),
            };
            Ok((comparison, number.clone()))
        }
        _ => Err(invalid()),
    };
    parts.chunks(2).map(comparison).collect()
}
