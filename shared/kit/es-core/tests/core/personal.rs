//! Tests that a type collects the declarations of its fields, with the path of each.

use es_core::{DomainEvent, Metadata, PersonalFields, PersonalKind, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
enum AccountEvent {
    Opened(Opened),
    Deposited {
        cents: u64,
        at: Timestamp,
        #[personal(reference = "the bank finds the payer by it")]
        from: String,
    },
    Closed {},
}

#[derive(Serialize, Deserialize, PersonalFields)]
struct Opened {
    #[personal(subject = "the identity provider knows the owner by it")]
    owner: String,
    #[personal(no)]
    currency: String,
    guests: Vec<Guest>,
    first: Option<Guest>,
    is_shared: bool,
}

#[derive(Serialize, Deserialize, PersonalFields)]
struct Guest {
    #[personal(free_text = "the owner writes it")]
    notes: Vec<String>,
    #[personal(derived = "the year of birth and more")]
    code: u32,
}

#[test]
fn an_enum_of_events_has_the_personal_fields_of_all_its_events() {
    let fields = AccountEvent::personal_fields();
    let found: Vec<_> = fields.iter().map(|field| (field.path.as_str(), field.kind)).collect();
    let expected = [
        ("Opened.owner", PersonalKind::Subject),
        ("Opened.guests[].notes", PersonalKind::FreeText),
        ("Opened.guests[].code", PersonalKind::Derived),
        ("Opened.first.notes", PersonalKind::FreeText),
        ("Opened.first.code", PersonalKind::Derived),
        ("Deposited.from", PersonalKind::Reference),
    ];
    assert_eq!(found, expected);
    assert_eq!(fields[0].reason, "the identity provider knows the owner by it");
}

#[test]
fn the_metadata_of_a_commit_declares_its_fields() {
    let fields: Vec<_> = Metadata::personal_fields().into_iter().map(|field| field.path).collect();
    assert_eq!(fields, ["actor", "key", "request_hash"]);
}

#[test]
fn a_kind_has_the_name_of_its_declaration() {
    use PersonalKind::{Derived, FreeText, Reference, Subject};
    let names = [Subject, FreeText, Reference, Derived].map(PersonalKind::name);
    assert_eq!(names, ["subject", "free_text", "reference", "derived"]);
}
