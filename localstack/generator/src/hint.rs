//! Hints: the lines that the developer must complete.

/// The hint at the line that excludes a function from the simulation.
pub(crate) const SIMULATE: &str = "replace this line by an intent in tests/simulation/src/clients/intent.rs, if order or faults matter here";

/// The hint at the data of an event.
pub(crate) const EVENT_FIELDS: &str = "add the fields that the event stores, then generate its schema: UPDATE_SCHEMAS=1 cargo test --workspace --test events";

/// A line that the developer must complete. `text` is a part of that line, and `what` says what to do.
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
