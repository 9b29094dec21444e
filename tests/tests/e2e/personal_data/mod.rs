//! Tests that `docs/personal-data.md` says which fields are personal, where each is stored, and for how long. The types
//! declare the fields. The stores are found: the test writes a marker into every personal field, lets the functions of
//! an embedded stack work on them, and searches everything that the stack stores.
//!
//! `UPDATE_PERSONAL_DATA=1 cargo test --workspace --test e2e personal_data::` writes the tables of the page.

mod keys;
mod markers;
mod page;
mod stores;
mod streams;
mod work;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::personal_data::markers::MarkedField;
use crate::personal_data::stores::{Place, Stored};

fn page_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/personal-data.md")
}

/// The places in which the marker of `field` was found.
fn places(field: &MarkedField, stored: &[Stored]) -> BTreeSet<Place> {
    let with_marker = stored.iter().filter(|stored| field.is_in(&stored.text));
    with_marker.map(|stored| stored.place.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_where_each_personal_field_is_stored() {
    let fields = markers::all();
    let found = work::run(&fields).await;
    let places: Vec<_> = fields.iter().map(|field| (field, places(field, &found.stored))).collect();
    for (field, places) in &places {
        assert!(!places.is_empty(), "the marker of {} was not stored", field.field.path);
    }
    for stored in &found.stored {
        assert!(
            !stored.place.is_telemetry() || fields.iter().all(|field| !field.is_in(&stored.text)),
            "{:?} has a personal value: {}",
            stored.place,
            stored.text
        );
    }
    let pieces = keys::pieces(&found.keys, &fields);
    let faults = keys::faults(&pieces);
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    let document = stores::document();
    let present = fs::read_to_string(page_file()).expect("docs/personal-data.md");
    let expected = page::with_tables(
        &present,
        &page::Contents { places: &places, pieces: &pieces, searched: &found.searched, document: &document },
    );
    if env::var_os("UPDATE_PERSONAL_DATA").is_some() {
        fs::write(page_file(), expected).expect("docs/personal-data.md is written");
        return;
    }
    let command = "UPDATE_PERSONAL_DATA=1 cargo test --workspace --test e2e personal_data::";
    assert!(present == expected, "docs/personal-data.md is out of date; run {command}\n{expected}");
}

/// An aggregate whose events are not in the list has fields that no table of the page has.
#[test]
fn the_list_of_the_domain_has_every_declaration() {
    let declared = markers::declarations(&stack_template::project().join("shared/shop/domain/src"));
    let listed = domain::personal_fields().len();
    assert!(declared >= 3, "only {declared} declarations found");
    assert!(
        listed >= declared,
        "the types of the domain declare {declared} personal fields, and domain::personal_fields() has {listed}: add the \
         events of each aggregate to it"
    );
}
