//! JSON Schemas as documents: their readable text, in which the keywords that say what a schema is come first, and their
//! references.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

/// The keywords that come first, in this sequence. Other members follow by name.
const FIRST: [&str; 11] = [
    "$schema",
    "$id",
    "asyncapi",
    "info",
    "title",
    "name",
    "description",
    "summary",
    "type",
    "format",
    "required",
];
/// The keywords that come last.
const LAST: [&str; 2] = ["components", "$defs"];

/// `value` as indented text with a new line at its end. The text does not depend on the sequence of the members.
pub(crate) fn pretty(value: &Value) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&Sorted(value))? + "\n")
}

/// A JSON value whose objects are written with sorted members.
struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by_key(|(name, _)| (rank(name), *name));
                let mut map = serializer.serialize_map(Some(sorted.len()))?;
                for (name, value) in sorted {
                    map.serialize_entry(name, &Sorted(value))?;
                }
                map.end()
            }
            Value::Array(elements) => {
                let mut array = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    array.serialize_element(&Sorted(element))?;
                }
                array.end()
            }
            plain => plain.serialize(serializer),
        }
    }
}

fn rank(name: &str) -> usize {
    let after = |last: usize| FIRST.len() + 1 + last;
    let last = || LAST.iter().position(|known| *known == name).map(after);
    FIRST.iter().position(|known| *known == name).or_else(last).unwrap_or(FIRST.len())
}

/// The name in a reference to a definition of the same document.
pub(crate) fn definition_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/$defs/")
}
