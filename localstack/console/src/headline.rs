//! The headline of a stream: a name, a state and an amount.
//!
//! The console knows no domain, so the names of attributes decide. It looks into the stream's views first, newest
//! version first, and then into the data of the stream's events.
//!
//! | part | attribute |
//! | --- | --- |
//! | name | `name`, else `title`; else the names of the objects in the first list that has any, at most three |
//! | state | `status`, else `state` |
//! | amount | the number whose name has the word `total`, else `amount`, else `price` |
//!
//! Words are separated by `_`. An amount whose name also has the word `cents` counts the smallest unit of its currency.
//! The attribute `currency` is the ISO 4217 code of the amount's currency.

use serde::Serialize;
use serde_json::{Map, Value};

/// Maximum number of names from a list.
const NAMES: usize = 3;
/// Maximum number of characters of a name or state.
const CHARACTERS: usize = 200;

/// What a stream is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Headline {
    pub(super) name: Option<String>,
    pub(super) state: Option<String>,
    pub(super) amount: Option<Amount>,
}

/// An amount of money, or of something else if it has no currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Amount {
    /// The number as stored.
    number: String,
    /// True if the number counts the smallest unit of the currency.
    is_minor: bool,
    currency: Option<String>,
}

impl Headline {
    /// Finds the parts of a headline in the attributes of a view or in the data of an event.
    pub(super) fn from_attributes(attributes: &Map<String, Value>) -> Self {
        let first_text = |names: [&str; 2]| names.into_iter().find_map(|name| text(attributes.get(name)?));
        Self {
            name: first_text(["name", "title"]).or_else(|| names_in_lists(attributes)),
            state: first_text(["status", "state"]),
            amount: ["total", "amount", "price"].into_iter().find_map(|word| amount(attributes, word)),
        }
    }

    /// Takes the missing parts from `other`.
    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            name: self.name.or(other.name),
            state: self.state.or(other.state),
            amount: self.amount.or(other.amount),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(|text| text.chars().take(CHARACTERS).collect())
}

/// The names of the objects in a list. A view may store a list as JSON text.
fn names_in_lists(attributes: &Map<String, Value>) -> Option<String> {
    attributes.values().find_map(|value| {
        let parsed = value.as_str().filter(|text| text.starts_with('['));
        let parsed = parsed.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let list = parsed.as_ref().unwrap_or(value).as_array()?;
        let names: Vec<String> = list.iter().filter_map(|object| text(&object["name"])).collect();
        let more = names.len().saturating_sub(NAMES);
        let shown = names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
        match (names.is_empty(), more) {
            (true, _) => None,
            (false, 0) => Some(shown),
            (false, more) => Some(format!("{shown} and {more} more")),
        }
    })
}

fn amount(attributes: &Map<String, Value>, word: &str) -> Option<Amount> {
    let has = |name: &str, word| name.split('_').any(|part| part == word);
    attributes.iter().filter(|(name, _)| has(name, word)).find_map(|(name, value)| {
        let number = match value {
            Value::Number(number) => number.to_string(),
            // A number attribute of a view is text, which keeps its precision.
            Value::String(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => text.clone(),
            _ => return None,
        };
        let currency = attributes.get("currency").and_then(text);
        Some(Amount { number, is_minor: has(name, "cents"), currency })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Headline;

    fn headline(attributes: &Value) -> Value {
        json!(Headline::from_attributes(attributes.as_object().unwrap()))
    }

    #[test]
    fn attributes_are_found_by_their_names() {
        let euros = |number: &str| json!({"number": number, "is_minor": true, "currency": "EUR"});
        let plain = |number: &str| json!({"number": number, "is_minor": false, "currency": null});
        let many = json!([{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}, {"name": "e"}]);
        let cases = [
            (json!({"name": "Kettle", "title": "x", "status": "active"}), json!(["Kettle", "active", null])),
            (json!({"title": "Letter", "state": "sent"}), json!(["Letter", "sent", null])),
            (json!({"items": [{"id": 1}, {"name": "a"}]}), json!(["a", null, null])),
            (json!({"items": r#"[{"name":"a"},{"name":"b"}]"#}), json!(["a, b", null, null])),
            (json!({"items": many}), json!(["a, b, c and 2 more", null, null])),
            (json!({"a": [1], "b": "[", "c": ""}), json!([null, null, null])),
            (json!({"total_amount_cents": "11980", "currency": "EUR"}), json!([null, null, euros("11980")])),
            (json!({"unit_price_cents": 5990, "currency": "EUR"}), json!([null, null, euros("5990")])),
            (json!({"price": 1, "total": 2, "amount": 3}), json!([null, null, plain("2")])),
            (json!({"amount": 3.5, "price": 1}), json!([null, null, plain("3.5")])),
            (json!({"totally": 1, "price": "free", "amount": "inf"}), json!([null, null, null])),
        ];
        for (attributes, expected) in cases {
            let found = headline(&attributes);
            assert_eq!(json!([found["name"], found["state"], found["amount"]]), expected, "{attributes}");
        }
    }

    #[test]
    fn a_missing_part_comes_from_the_other_headline() {
        let of = |attributes: Value| Headline::from_attributes(attributes.as_object().unwrap());
        let merged = of(json!({"status": "new"})).or(of(json!({"status": "old", "name": "Kettle"})));
        assert_eq!(merged, of(json!({"status": "new", "name": "Kettle"})));
    }
}
