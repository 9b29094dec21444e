//! Reads a JSON text into a tree of values, and refuses repeated members.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::error::{InvalidJson, JsonError};
use super::number::{Kind, Numbers, kind};
use super::path::Path;

/// The problem of an object that has two members of one name. RFC 8259, section 4, leaves open which of them counts.
const REPEATED: &str = "repeated member; send the member once";
/// The problem of a number that floating point cannot distinguish from a whole number.
const TOO_LONG: &str = "must have fewer digits";

/// A member of a body whose own members are read later. Its objects have no repeated members.
#[derive(Debug, Clone, PartialEq)]
pub struct StrictValue(pub Value);

impl<'de> serde::Deserialize<'de> for StrictValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The values of a tree have no text any more. `parse` has read their numbers.
        Node(&Reading::from_text("")).deserialize(deserializer).map(Self)
    }
}

/// Reads `text` in one pass.
pub(super) fn parse(text: &str) -> Result<Value, InvalidJson> {
    let reading = Reading::from_text(text);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Node(&reading).deserialize(&mut reader);
    value.and_then(|value| reader.end().map(|()| value)).map_err(|error| match reading.problem.get() {
        Some(problem) => {
            InvalidJson { field: reading.path.borrow().text(), detail: JsonError::from_own_text(problem) }
        }
        None => InvalidJson { field: String::new(), detail: error.into() },
    })
}

/// What the nodes of a tree share while the tree is read.
struct Reading<'t> {
    text: &'t str,
    /// The number of numbers that have been read.
    numbers: Cell<usize>,
    /// The search for the text of a number. Most bodies have no number that needs its text.
    search: RefCell<Option<Numbers<'t>>>,
    problem: Cell<Option<&'static str>>,
    path: RefCell<Path>,
}

impl<'t> Reading<'t> {
    fn from_text(text: &'t str) -> Self {
        let (search, path) = (RefCell::new(None), RefCell::new(Path::default()));
        Self { text, numbers: Cell::new(0), search, problem: Cell::new(None), path }
    }

    fn refuse<E: Error>(&self, problem: &'static str) -> E {
        self.problem.set(Some(problem));
        E::custom(problem)
    }

    fn count_number(&self) -> usize {
        self.numbers.replace(self.numbers.get() + 1)
    }

    /// Converts a number that `serde_json` has read as floating point. `serde_json` may have rounded the number, so its
    /// text decides.
    fn float<E: Error>(&self, float: f64) -> Result<Value, E> {
        let index = self.count_number();
        let mut search = self.search.borrow_mut();
        let number = search.get_or_insert_with(|| Numbers::in_text(self.text)).nth(index).map(kind);
        match number {
            Some(Kind::Whole(number)) => Ok(Value::Number(number)),
            Some(Kind::Fraction) if float.fract() == 0.0 => Err(self.refuse(TOO_LONG)),
            _ => Ok(Number::from_f64(float).map_or(Value::Null, Value::Number)),
        }
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Node<'r, 't>(&'r Reading<'t>);

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.0.count_number();
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.0.count_number();
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.0.float(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let element = elements
                .next_element_seed(self)
                .inspect_err(|_| self.0.path.borrow_mut().in_element(values.len()))?;
            match element {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match values.entry(name) {
                Entry::Occupied(entry) => {
                    self.0.path.borrow_mut().in_member(entry.key());
                    return Err(self.0.refuse(REPEATED));
                }
                Entry::Vacant(entry) => {
                    let value = members
                        .next_value_seed(self)
                        .inspect_err(|_| self.0.path.borrow_mut().in_member(entry.key()))?;
                    entry.insert(value);
                }
            }
        }
        Ok(Value::Object(values))
    }
}
