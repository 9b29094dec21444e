//! Events against the committed schemas, and the code against them.

use es_core::StoredEvent;
use event_contract::{ContractError, EventSchemas, check_codec};
use serde_json::{Value, json};

use crate::account::{Account, AccountEvent, Folder, WithoutNote};

fn published() -> (Folder, EventSchemas) {
    let folder = Folder::new();
    let contract = folder.contract::<Account>();
    contract.update().unwrap();
    let schemas = EventSchemas::read(&contract.events()).unwrap();
    (folder, schemas)
}

fn stored(name: &str, schema: u32, data: Value) -> StoredEvent {
    StoredEvent { event_type: name.to_owned(), schema, data }
}

#[test]
fn an_event_has_exactly_the_form_of_its_schema() {
    let (_folder, schemas) = published();
    let part = json!({"cents": 5, "means": "cash", "account": "7"});
    schemas.check(&stored("Deposited", 1, json!({"cents": 5}))).unwrap();
    schemas.check(&stored("Deposited", 2, json!({"parts": [part], "note": "rent"}))).unwrap();
    schemas.check_newest("Opened", &json!({})).unwrap();
    for data in [
        json!({"cents": 5}),
        json!({"parts": [part], "note": null}),
        json!({"parts": [part], "payer": "me"}),
        json!({"parts": [{"cents": 5}]}),
        json!({"parts": [{"cents": 5, "means": "card", "account": "7"}]}),
        json!({"parts": [{"cents": 5, "means": "cash", "account": "7", "currency": "EUR"}]}),
    ] {
        let refused = schemas.check_newest("Deposited", &data);
        assert!(matches!(refused, Err(ContractError::Mismatch { schema: 2, .. })), "{data}");
    }
    for (name, schema) in [("Deposited", 3), ("Closed", 1)] {
        let refused = schemas.check(&stored(name, schema, json!({})));
        assert!(matches!(refused, Err(ContractError::Unpublished { .. })), "{name}");
    }
}

#[test]
fn the_code_reads_every_published_event() {
    let (folder, schemas) = published();
    check_codec::<AccountEvent>(&schemas).unwrap();
    let loses_the_note = check_codec::<WithoutNote>(&schemas).unwrap_err();
    assert!(loses_the_note.to_string().contains("the code writes it as"), "{loses_the_note}");
    let wider = json!({"type": "object", "properties": {"cents": {"type": "integer"}}});
    folder.write("contract/events/Deposited.1.json", &wider.to_string());
    let schemas = EventSchemas::read(&folder.0.join("contract/events")).unwrap();
    let unreadable = check_codec::<AccountEvent>(&schemas).unwrap_err();
    assert!(matches!(unreadable, ContractError::Mismatch { schema: 1, .. }), "{unreadable}");
}
