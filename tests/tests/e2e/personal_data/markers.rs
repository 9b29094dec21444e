//! The personal fields that the types declare, each with a marker as its value.

use std::fs;
use std::path::Path;

use es_core::{Metadata, PersonalField, PersonalFields};

/// The letters that tell markers apart. No hexadecimal number has one of them.
const LETTERS: &[u8] = b"ghilmnoprstuwy";

/// A personal field and the text that the test writes into it.
#[derive(Debug, Clone)]
pub(crate) struct MarkedField {
    /// The field. The path of a field of the metadata begins with `Metadata.`.
    pub(crate) field: PersonalField,
    /// The marker. It is one word for the search, and it is unlike every other text of the stack.
    pub(crate) marker: String,
}

impl MarkedField {
    /// Whether `text` has the marker, in upper or lower case.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.marker)
    }
}

/// All personal fields: those of the events, then those of the metadata of a commit.
pub(crate) fn all() -> Vec<MarkedField> {
    let metadata = PersonalField::within("Metadata", Metadata::personal_fields());
    let fields = domain::personal_fields().into_iter().chain(metadata);
    fields.enumerate().map(|(number, field)| MarkedField { field, marker: marker(number) }).collect()
}

/// A marker of twelve letters. The markers of two numbers differ in every piece of three letters, and every piece has a
/// rare letter.
fn marker(number: usize) -> String {
    let letter = |number: usize| char::from(LETTERS[number % LETTERS.len()]);
    let (first, second) = (letter(number / LETTERS.len()), letter(number));
    format!("z{first}{second}q{first}{second}x{first}{second}v{first}{second}")
}

/// The number of fields that the sources below `folder` declare as personal.
pub(crate) fn declarations(folder: &Path) -> usize {
    let mut found = 0;
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            found += declarations(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let code = fs::read_to_string(&path).expect("text");
            found += code.matches("#[personal(").count() - code.matches("#[personal(no)]").count();
        }
    }
    found
}

#[test]
fn no_piece_of_two_markers_is_the_same() {
    let markers: Vec<_> = (0..150).map(marker).collect();
    for (number, marker) in markers.iter().enumerate() {
        for other in &markers[..number] {
            let pieces = (0..=marker.len() - 3).map(|start| &marker[start..start + 3]);
            assert!(pieces.into_iter().all(|piece| !other.contains(piece)), "{marker} and {other}");
        }
    }
}
