//! Writes the events into the page for readers.

use std::path::Path;

use serde_json::{Map, Value};

use crate::compatibility::{fields, resolved};
use crate::contract::EventHistory;
use crate::event_type::PERSONAL;
use crate::{EventContract, changes};

const BEGIN: &str = "<!-- generated: events -->\n";
const END: &str = "<!-- end -->";

/// `page` with the events between its markers. `None` if it lacks the markers.
pub(crate) fn with_events(
    page: &str,
    contract: &EventContract,
    histories: &[EventHistory<'_>],
) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let mut text = String::new();
    let mut category = None;
    for history in histories {
        if category.replace(&history.event.category) != Some(&history.event.category) {
            text.extend(["\n## ", &heading(history.event.category.as_str()), "\n"]);
        }
        text += &section(contract, history);
    }
    Some([before, BEGIN, &text, "\n", END, after].concat())
}

/// The words of a category with a capital letter: `Gift card`.
fn heading(category: &str) -> String {
    let words = category.replace('-', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn section(contract: &EventContract, history: &EventHistory<'_>) -> String {
    let name = history.event.name;
    let Some(present) = history.schemas.last() else { return String::new() };
    let mut text =
        format!("\n### {name}\n\n{}\n", present.document["description"].as_str().unwrap_or_default());
    let mut rows = Vec::new();
    add_rows(&present.document, &present.document, "", &[], &mut rows);
    if rows.is_empty() {
        text += "\nThe event has no fields.\n";
    } else {
        text += "\n| field | type | meaning |\n| --- | --- | --- |\n";
        text += &rows.concat();
    }
    text += &versions(contract, history);
    text
}

/// The schema of an event, or what changed from one schema to the next.
fn versions(contract: &EventContract, history: &EventHistory<'_>) -> String {
    let link = |number| link(contract, history.event.name, number);
    if let [only] = history.schemas.as_slice() {
        return format!("\nSchema {}.\n", link(only.number));
    }
    let mut text = "\n| schema | change |\n| --- | --- |\n".to_owned();
    let mut older = None;
    for schema in &history.schemas {
        let change = older.replace(&schema.document).map(|older| changes(older, &schema.document));
        let change = change.map_or_else(
            || "the first one".to_owned(),
            |changes| changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        );
        text.extend(["| ", &link(schema.number), " | ", &change, " |\n"]);
    }
    text
}

/// A link from the page to a schema.
fn link(contract: &EventContract, name: &str, number: u32) -> String {
    let up = Path::new(contract.page).components().skip(1).map(|_| "../").collect::<String>();
    format!("[{number}]({up}{}/events/{name}.{number}.json)", contract.folder)
}

/// Adds a row for each field of the objects in `schema`. `open` has the definitions that contain `schema`: a type that
/// contains itself is shown once.
fn add_rows(root: &Value, schema: &Value, path: &str, open: &[&str], rows: &mut Vec<String>) {
    let mut open = open.to_vec();
    if let Some(definition) = schema["$ref"].as_str() {
        if open.contains(&definition) {
            return;
        }
        open.push(definition);
    }
    let Some(object) = resolved(root, schema).as_object() else { return };
    if let Some(items) = object.get("items") {
        add_rows(root, items, &format!("{path}[]"), &open, rows);
    }
    for (name, (required, field)) in in_sequence(object) {
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let absent = if required { "" } else { ", may be absent" };
        let mut meaning = field["description"].as_str().unwrap_or_default().replace('\n', " ");
        if let Some(kind) = field[PERSONAL].as_str() {
            meaning.extend([" Personal: ", &kind.replace('_', " "), "."]);
        }
        rows.push(format!("| `{path}` | {}{absent} | {meaning} |\n", type_name(root, field)));
        add_rows(root, field, &path, &open, rows);
    }
}

/// The fields of an object in the sequence of its type: `required` has this sequence. Optional fields come last.
fn in_sequence(object: &Map<String, Value>) -> Vec<(&str, (bool, &Value))> {
    let required = object.get("required").and_then(Value::as_array);
    let position = |name: &str| required?.iter().position(|known| known == name);
    let mut sorted: Vec<_> = fields(object).into_iter().collect();
    sorted.sort_by_key(|(name, _)| position(name).unwrap_or(usize::MAX));
    sorted
}

fn type_name(root: &Value, field: &Value) -> String {
    let field = resolved(root, field);
    let values = field["enum"].as_array().cloned().or_else(|| {
        let alternatives = field["oneOf"].as_array()?.iter();
        alternatives.map(|one| one.get("const").cloned()).collect()
    });
    let plain = field["type"].as_str().unwrap_or("any");
    match (field["format"].as_str(), values) {
        (_, Some(values)) => values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
        (Some(format), None) => format!("{plain}, {format}"),
        (None, None) => plain.to_owned(),
    }
}
