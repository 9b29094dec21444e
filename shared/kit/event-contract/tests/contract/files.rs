//! The files of the contract: they are generated, compared and frozen.

use std::fs;

use event_contract::{ChangeKind, ContractError};
use serde_json::{Value, json};

use crate::account::{Account, Folder, WithoutNotes, first_deposited};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn generated_files_are_those_of_the_types() {
    let folder = Folder::new();
    let contract = folder.contract::<Account>();
    assert!(matches!(contract.check(), Err(ContractError::Stale { files, .. }) if files.len() == 4));
    contract.update().unwrap();
    contract.check().unwrap();
    assert_eq!(json(&folder.read("contract/events/Deposited.1.json")), first_deposited());
    let opened = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:test:Opened:1", "title": "Opened",
        "description": "The account was opened by its owner.", "type": "object",
    });
    assert_eq!(json(&folder.read("contract/events/Opened.1.json")), opened);
    let deposited = json(&folder.read("contract/events/Deposited.2.json"));
    assert_eq!(deposited["required"], json!(["parts"]));
    assert_eq!(
        deposited["properties"]["note"],
        json!({"type": "string", "description": "A note, if the payer wrote one.", "x-personal": "free_text"})
    );
    assert_eq!(deposited["$defs"]["Part"]["properties"]["account"]["x-personal"], "reference");
    assert_eq!(deposited.to_string().matches("x-personal").count(), 2);
    let definitions: Vec<_> = deposited["$defs"].as_object().unwrap().keys().collect();
    assert_eq!(definitions, ["Means", "Part"]);
}

#[test]
fn the_document_has_a_message_for_each_schema() {
    let folder = Folder::new();
    folder.contract::<Account>().update().unwrap();
    let document = json(&folder.read("contract/asyncapi.json"));
    let messages = document["components"]["messages"].as_object().unwrap();
    let mut names: Vec<_> = messages.keys().collect();
    names.sort();
    assert_eq!(names, ["Deposited.1", "Deposited.2", "Opened.1"]);
    let detail = &messages["Deposited.1"]["payload"]["allOf"][1]["properties"]["detail"]["properties"];
    assert_eq!(detail["data"], json!({"$ref": "./events/Deposited.1.json"}));
    assert_eq!(detail["dataschema"], json!({"const": "urn:test:Deposited:1"}));
    for (name, reference) in document["channels"]["events"]["messages"].as_object().unwrap() {
        assert_eq!(reference["$ref"], format!("#/components/messages/{name}"));
    }
}

#[test]
fn documents_begin_with_their_kind_and_end_with_their_parts() {
    let folder = Folder::new();
    folder.contract::<Account>().update().unwrap();
    for (file, expected) in [
        ("events/Deposited.2.json", "$schema $id title description type required properties $defs"),
        ("asyncapi.json", "asyncapi info channels defaultContentType operations components"),
    ] {
        let text = folder.read(&format!("contract/{file}"));
        // Only the members of the document itself are indented by two spaces.
        let members = text.lines().filter_map(|line| line.strip_prefix("  \"")?.split_once('"'));
        let names: Vec<_> = members.map(|(name, _)| name).collect();
        assert_eq!(names.join(" "), expected, "{file}");
    }
}

/// The page of the accounts.
const PAGE: &str = r#"# Events

<!-- generated: events -->

## Savings account

### Opened

The account was opened by its owner.

The event has no fields.

Schema [1](../contract/events/Opened.1.json).

### Deposited

Money was paid in.

| field | type | meaning |
| --- | --- | --- |
| `parts` | array | The parts of the payment. |
| `parts[].cents` | integer, int64 | The amount in cents. |
| `parts[].means` | `"cash"`, `"bank-transfer"` | How it was paid. |
| `parts[].account` | string | The account from which it was paid. Personal: reference. |
| `note` | string, may be absent | A note, if the payer wrote one. Personal: free text. |

| schema | change |
| --- | --- |
| [1](../contract/events/Deposited.1.json) | the first one |
| [2](../contract/events/Deposited.2.json) | `cents` was removed; `note` was added and may be absent; `parts` was added |

<!-- end -->

The end.
"#;

#[test]
fn the_page_has_the_fields_and_the_history_of_each_event() {
    let folder = Folder::new();
    folder.contract::<Account>().update().unwrap();
    assert_eq!(folder.read("docs/events.md"), PAGE);
}

#[test]
fn an_optional_field_asks_only_to_generate_the_files_again() {
    let folder = Folder::new();
    folder.contract::<WithoutNotes>().update().unwrap();
    let contract = folder.contract::<Account>();
    let error = contract.check().unwrap_err();
    let expected = "these files are not those that the types of the events generate:\n\
                    - contract/events/Deposited.2.json\n- docs/events.md\nUPDATE_SCHEMAS=1 cargo test";
    assert_eq!(error.to_string(), expected);
    contract.update().unwrap();
    contract.check().unwrap();
}

#[test]
fn a_change_that_breaks_consumers_is_not_written() {
    let folder = Folder::new();
    folder.contract::<Account>().update().unwrap();
    let published = folder.read("contract/events/Deposited.2.json");
    let contract = folder.contract::<WithoutNotes>();
    for refused in [contract.check(), contract.update()] {
        let error = refused.unwrap_err();
        assert!(
            error.to_string().contains("`note` was removed\nRaise the schema number, #[event(schema = 3)]"),
            "{error}"
        );
        let ContractError::Breaks { changes, .. } = error else { panic!("{error}") };
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].path.as_str(), &changes[0].kind), ("note", &ChangeKind::FieldRemoved));
    }
    assert_eq!(folder.read("contract/events/Deposited.2.json"), published);
}

#[test]
fn published_schemas_stay() {
    let folder = Folder::new();
    let contract = folder.contract::<Account>();
    contract.update().unwrap();
    fs::remove_file(folder.0.join("contract/events/Deposited.1.json")).unwrap();
    for refused in [contract.check(), contract.update()] {
        assert!(matches!(refused, Err(ContractError::NoFile { path }) if path.ends_with("Deposited.1.json")));
    }
    folder.write("contract/events/Deposited.1.json", &first_deposited().to_string());
    for removed in ["Closed.1", "Deposited.3", "Opened.0"] {
        let path = format!("contract/events/{removed}.json");
        folder.write(&path, "{}");
        assert!(matches!(contract.update(), Err(ContractError::UnknownEvent { .. })), "{removed}");
        fs::remove_file(folder.0.join(path)).unwrap();
    }
    contract.check().unwrap();
}

#[test]
fn a_file_that_is_no_schema_is_named() {
    for (name, text) in [("Opened.json", "{}"), ("Opened.1.json", "{"), ("Opened.1.json", "{\"type\": 7}")] {
        let folder = Folder::new();
        folder.write(&format!("contract/events/{name}"), text);
        let error = folder.contract::<Account>().check().unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_page_without_markers_is_named() {
    let folder = Folder::new();
    folder.write("docs/events.md", "# Events\n");
    let error = folder.contract::<Account>().update().unwrap_err();
    assert!(matches!(error, ContractError::NoMarkers { path } if path.ends_with("events.md")));
}
