//! Checks that no key has a personal value, except the two that the page explains.

use std::collections::BTreeMap;

use es_core::PersonalKind;

use crate::personal_data::markers::MarkedField;
use crate::personal_data::stores::{Key, Place};

/// The search index stores a word under its first three characters. A key may have no longer piece of a value.
const LONGEST_PIECE: usize = 3;

/// The longest piece of a personal field that a key has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Piece {
    /// The path of the field.
    pub(crate) field: String,
    pub(crate) kind: PersonalKind,
    /// The number of characters.
    pub(crate) length: usize,
    pub(crate) is_whole: bool,
    pub(crate) is_of_index: bool,
}

/// For each key that has a piece of [`LONGEST_PIECE`] or more characters of a personal field, the longest pieces.
pub(crate) fn pieces(keys: &[Key], fields: &[MarkedField]) -> BTreeMap<Place, Vec<Piece>> {
    let mut found: BTreeMap<Place, BTreeMap<&str, Piece>> = BTreeMap::new();
    for key in keys {
        for MarkedField { field, marker } in fields {
            let length = longest_common(&key.text.to_lowercase(), marker);
            if length < LONGEST_PIECE {
                continue;
            }
            let piece = Piece {
                field: field.path.clone(),
                kind: field.kind,
                length,
                is_whole: length == marker.len(),
                is_of_index: key.is_of_index,
            };
            let known = found
                .entry(key.place.clone())
                .or_default()
                .entry(&field.path)
                .or_insert_with(|| piece.clone());
            if known.length < length {
                *known = piece;
            }
        }
    }
    found.into_iter().map(|(place, pieces)| (place, pieces.into_values().collect())).collect()
}

/// The pieces that no key may have. Only the key of a secondary index may have the pseudonym of a person: an update of the
/// item replaces it. Any other key may have three characters at most.
pub(crate) fn faults(pieces: &BTreeMap<Place, Vec<Piece>>) -> Vec<String> {
    let all = pieces.iter().flat_map(|(place, pieces)| pieces.iter().map(move |piece| (place, piece)));
    let is_wrong = |piece: &Piece| {
        piece.length > LONGEST_PIECE && !(piece.is_of_index && piece.kind == PersonalKind::Subject)
    };
    let wrong = all.filter(|(_, piece)| is_wrong(piece));
    wrong.map(|(place, piece)| format!("the key {}.{} has {piece:?}", place.store, place.part)).collect()
}

/// The length of the longest text that is in both `text` and `marker`, in characters of ASCII.
fn longest_common(text: &str, marker: &str) -> usize {
    let mut longest = 0;
    for start in 0..marker.len() {
        while start + longest < marker.len() && text.contains(&marker[start..=start + longest]) {
            longest += 1;
        }
    }
    longest
}

#[test]
fn a_personal_key_is_a_fault() {
    let field = |path: &str, kind, marker: &str| MarkedField {
        field: es_core::PersonalField::new(path, kind, "test"),
        marker: marker.to_owned(),
    };
    let fields = [
        field("owner", PersonalKind::Subject, "zqghxvhgjk"),
        field("note", PersonalKind::FreeText, "zqkmxvmkjk"),
    ];
    let key = |text: &str, is_of_index| Key {
        place: Place { store: "Table".to_owned(), part: "pk".to_owned() },
        is_of_index,
        text: text.to_owned(),
    };
    for (text, is_of_index, wrong) in [
        ("order#7f", false, 0),
        ("word#zqg", false, 0),
        ("word#ZQGH", false, 1),
        ("user#zqghxvhgjk", true, 0),
        ("user#zqghxvhgjk", false, 1),
        ("note#zqkmxvmkjk", true, 1),
    ] {
        let found = faults(&pieces(&[key(text, is_of_index)], &fields));
        assert_eq!(found.len(), wrong, "{text}: {found:?}");
    }
}
