//! Hints: the places that the developer must fill in.

/// The hint for the simulation.
pub(crate) const SIMULATE: &str = "an intent in tests/simulation/src/clients/intent.rs instead of this reason, if order or faults matter there";

/// A place to fill in. It is found by a text in its line.
#[derive(Debug)]
pub(crate) struct Hint {
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) what: &'static str,
}

impl Hint {
    pub(crate) fn new(file: &str, text: impl Into<String>, what: &'static str) -> Self {
        Self { file: file.to_owned(), text: text.into(), what }
    }
}
