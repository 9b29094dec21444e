//! The events of an account, and releases of the code in which the event `Deposited` has another form.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use es_core::{Category, Decider, DomainEvent, PersonalFields, SnapshotPolicy, UpcastError};
use event_contract::{EventContract, event_types};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Declares the decider of one release of the accounts.
macro_rules! release {
    ($decider:ident of $event:ident) => {
        pub(crate) enum $decider {}

        impl Decider for $decider {
            const CATEGORY: Category = Category::new("savings-account");
            const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(1);

            type Command = ();
            type Event = $event;
            type State = ();
            type Error = ();

            fn decide((): &(), (): ()) -> Result<Vec<$event>, ()> {
                Ok(Vec::new())
            }

            fn evolve((): (), _: &$event) {}
        }
    };
}
pub(crate) use release;

/// The events of the present release.
#[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent, JsonSchema)]
#[serde(tag = "type", content = "data")]
#[event(upcast = upcast)]
pub(crate) enum AccountEvent {
    /// The account was opened
    /// by its owner.
    Opened {},
    /// Money was paid in.
    #[event(schema = 2)]
    Deposited(Deposited),
}

/// A payment.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, PersonalFields)]
pub(crate) struct Deposited {
    /// The parts of the payment.
    pub(crate) parts: Vec<Part>,
    /// A note, if the payer wrote one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[personal(free_text = "the payer writes it")]
    pub(crate) note: Option<String>,
}

/// A part of a payment.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, PersonalFields)]
pub(crate) struct Part {
    /// The amount in cents.
    pub(crate) cents: i64,
    /// How it was paid.
    #[personal(no)]
    pub(crate) means: Means,
    /// The account from which it was paid.
    #[personal(reference = "a bank finds the payer by it")]
    pub(crate) account: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Means {
    Cash,
    BankTransfer,
}

release!(Account of AccountEvent);

/// Schema 1 had the amount of a payment in cash.
#[expect(clippy::needless_pass_by_value, reason = "the derive passes the value")]
fn upcast(event_type: &str, schema: u32, data: Value) -> Result<Value, UpcastError> {
    match (event_type, schema, data["cents"].as_i64()) {
        ("Deposited", 1, Some(cents)) => {
            Ok(json!({"parts": [{"cents": cents, "means": "cash", "account": ""}]}))
        }
        _ => Err(UpcastError::no_step(event_type, schema)),
    }
}

/// The published schema of the first payments.
pub(crate) fn first_deposited() -> Value {
    json!({"type": "object", "required": ["cents"], "properties": {"cents": {"type": "integer"}}})
}

/// A release in which a payment has no note.
#[derive(Serialize, Deserialize, DomainEvent, JsonSchema)]
#[serde(tag = "type", content = "data")]
#[event(upcast = upcast)]
pub(crate) enum WithoutNote {
    /// The account was opened by its owner.
    Opened {},
    /// Money was paid in.
    #[event(schema = 2)]
    Deposited { parts: Vec<Part> },
}

release!(WithoutNotes of WithoutNote);

/// A project folder that is removed when the value is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// A project with the schema of an old payment and a page without events.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        folder.write("docs/events.md", "# Events\n\n<!-- generated: events -->\n<!-- end -->\n\nThe end.\n");
        folder.write("contract/events/Deposited.1.json", &first_deposited().to_string());
        folder
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    /// The contract of the accounts of the release `D` in this folder.
    pub(crate) fn contract<D: Decider<Event: JsonSchema + PersonalFields>>(&self) -> EventContract {
        EventContract {
            root: self.0.clone(),
            folder: "contract",
            page: "docs/events.md",
            title: "Accounts",
            version: "1.0.0",
            description: "The events of accounts.",
            command: "cargo test",
            schema_ids: "urn:test:",
            types: event_types::<D>().unwrap(),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
