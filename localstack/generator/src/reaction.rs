//! `new reaction`: generates a reaction that opens an aggregate after an event, and the function of the reaction.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::GeneratorError;
use crate::command::opening_words;
use crate::draft::Draft;
use crate::hint::Hint;
use crate::http_function::{self, LEFT_OUT, TEMPLATE};
use crate::name::{Name, kebab_from_pascal};
use crate::project::{Aggregate, CALLER, DOMAIN};
use crate::stand_in::Words;
use crate::text;

const REACTION: &str = include_str!("../templates/reactions/reaction.rs");
const BINARY: &str = include_str!("../templates/reactions/reaction_bin.rs");
const TEST: &str = include_str!("../templates/reactions/reaction_test.rs");
const RESOURCES: &str = include_str!("../templates/template/reaction.yaml");
const SAMPLE: &str = include_str!("../templates/events/bus_event.json");
const FUNCTIONS: &str = "functions/reactions";

/// An event of an aggregate in the project.
struct SourceEvent {
    /// The stored name of the event: `OrderConfirmed`.
    name: String,
    /// The name of the aggregate, which is also its module and its category.
    aggregate: Name,
    /// The enum of the aggregate's events: `OrderEvent`.
    enumeration: String,
    /// The pattern that matches the event: `OrderEvent::OrderConfirmed(_)`.
    pattern: String,
}

/// An event in its stream, for the sample.
struct StoredSample {
    stream: String,
    version: u64,
    schema: u64,
    data: Value,
    at: String,
}

/// Drafts the reaction `name`, which opens an aggregate of the kind `opened` after each `event`.
pub(crate) fn draft(
    draft: &mut Draft,
    opened: &Aggregate,
    name: &Name,
    event: &str,
) -> Result<Vec<Hint>, GeneratorError> {
    let source = SourceEvent::find(draft, event)?;
    if source.name == opened.opened.full {
        return Err(GeneratorError::Endless { event: event.to_owned() });
    }
    let (kebab, snake, pascal) = (name.kebab(), name.snake(), name.pascal());
    draft.lacks(TEMPLATE, &format!("\n  {pascal}Function:\n"), &format!("the function {kebab}"))?;
    let words = opening_words(opened)
        .named("press-flower", name)
        .named("paper-boat", &source.aggregate)
        .pair("PaperBoatEvent::PaperBoatLaunched(_)", &source.pattern)
        .pair("PaperBoatEvent", &source.enumeration)
        .pair("PaperBoatLaunched", &source.name);

    let reaction = format!("{FUNCTIONS}/src/{snake}.rs");
    draft.create(reaction.clone(), words.apply(REACTION))?;
    http_function::binary(draft, "reactions", kebab, words.apply(BINARY))?;
    draft.create(format!("{FUNCTIONS}/tests/reactions/{snake}.rs"), words.apply(TEST))?;
    draft.edit(&format!("{FUNCTIONS}/src/lib.rs"), |code| {
        let code = text::before(code, "mod ", &format!("mod {snake};\n"))?;
        text::before(&code, "pub use ", &format!("pub use {snake}::{pascal};\n"))
    })?;
    draft.edit(&format!("{FUNCTIONS}/tests/reactions/main.rs"), |code| {
        text::before(code, "mod ", &format!("mod {snake};\n"))
    })?;
    let sample = format!("events/{kebab}/{}.json", kebab_from_pascal(&source.name));
    draft.create(sample.clone(), sample_event(&words, &stored_sample(draft, &source)?))?;
    let reason =
        format!("{kebab}: functions/reactions/tests test the reaction; the simulation has no event bus.\n");
    draft.edit(LEFT_OUT, |reasons| Ok(reason + reasons))?;
    http_function::reaction_resources(draft, &words.apply(RESOURCES), &pascal)?;
    Ok(vec![
        Hint::new(&reaction, "matches!(event.event", "write the command that follows from the event"),
        Hint::new(
            TEMPLATE,
            format!("  {pascal}Function:"),
            "let the rule select more events, if the reaction needs them",
        ),
        Hint::new(
            &sample,
            "\"data\"",
            "write the event's data; the test of the reaction handles this sample",
        ),
    ])
}

impl SourceEvent {
    /// Finds the event with the stored name `event` in the domain.
    fn find(draft: &Draft, event: &str) -> Result<Self, GeneratorError> {
        let mut sources = draft.sources(DOMAIN)?;
        for folder in draft.folders(DOMAIN)? {
            sources.extend(draft.sources(&folder)?);
        }
        let found = sources.iter().find_map(|(path, code)| Self::find_in(path, code, event));
        found.ok_or_else(|| GeneratorError::UnknownEvent { event: event.to_owned() })
    }

    fn find_in(path: &str, code: &str, event: &str) -> Option<Self> {
        let (before, rest) = code.split_once(&format!("\n    {event}"))?;
        let fields = match rest.chars().next()? {
            '(' => "(_)",
            ' ' if rest.starts_with(" {}") => " {}",
            ' ' if rest.starts_with(" {") => " { .. }",
            _ => return None,
        };
        let enumeration = before.rsplit_once("pub enum ")?.1.split_once(" {")?.0;
        let module = path.strip_prefix(DOMAIN)?.trim_start_matches('/').split(['/', '.']).next()?;
        Some(Self {
            name: event.to_owned(),
            aggregate: Name::trusted(&module.replace('_', "-")),
            enumeration: enumeration.to_owned(),
            pattern: format!("{enumeration}::{event}{fields}"),
        })
    }
}

/// The first event with the name of `source` in the sample batches of the projections. An event without fields needs no
/// sample, and neither does an event of an aggregate that the generator has made.
fn stored_sample(draft: &Draft, source: &SourceEvent) -> Result<StoredSample, GeneratorError> {
    for folder in draft.folders("events")? {
        for (_, text) in draft.texts(&folder, "json")? {
            let batch: Value = serde_json::from_str(&text).unwrap_or_default();
            let records = batch["Records"].as_array().into_iter().flatten();
            let mut images = records.filter_map(new_image);
            if let Some(found) = images.find_map(|image| event_in(&image, &source.name)) {
                return Ok(found);
            }
        }
    }
    let made_up = |stream: Uuid, version, data| StoredSample {
        stream: format!("{}-{stream}", source.aggregate.kebab()),
        version,
        schema: 1,
        data,
        at: "2026-10-26T07:33:20.100000Z".to_owned(),
    };
    if source.pattern.ends_with(" {}") {
        let stream = Uuid::new_v5(&Uuid::NAMESPACE_OID, source.name.as_bytes());
        return Ok(made_up(stream, 2, json!({})));
    }
    let missing = |_| GeneratorError::NoSample { event: source.name.clone() };
    let aggregate = Aggregate::find(draft, source.aggregate.clone()).map_err(missing)?;
    let is_opened = aggregate.opened.full == source.name;
    let (version, data) = if is_opened { (1, json!({ "owner": CALLER })) } else { (2, json!({})) };
    Ok(made_up(aggregate.sample_id(), version, data))
}

/// The item that a record of a sample batch inserts.
fn new_image(record: &Value) -> Option<Value> {
    let bytes = STANDARD.decode(record["kinesis"]["data"].as_str()?).ok()?;
    let change: Value = serde_json::from_slice(&bytes).ok()?;
    Some(change["dynamodb"]["NewImage"].clone())
}

/// The event with this name in the commit that `image` holds.
fn event_in(image: &Value, name: &str) -> Option<StoredSample> {
    let text = |attribute: &str, kind: &str| image[attribute][kind].as_str();
    let events: Vec<Value> = serde_json::from_str(text("events", "S")?).ok()?;
    let place = events.iter().position(|event| event["type"] == name)?;
    Some(StoredSample {
        stream: text("pk", "S")?.to_owned(),
        version: text("sk", "N")?.parse::<u64>().ok()? + u64::try_from(place).ok()?,
        schema: events[place]["schema"].as_u64().unwrap_or(1),
        data: events[place]["data"].clone(),
        at: text("at", "S")?.to_owned(),
    })
}

/// The event as the bus passes it to the function. The id of an event is the `UUIDv5` of its version in the namespace of
/// its stream's UUID.
fn sample_event(words: &Words, stored: &StoredSample) -> String {
    let uuid = stored.stream.get(stored.stream.len().saturating_sub(36)..).and_then(|uuid| uuid.parse().ok());
    let version = stored.version.to_string();
    let id = Uuid::new_v5(&uuid.unwrap_or_default(), version.as_bytes());
    let words = words
        .clone()
        .pair("@ID", &id.to_string())
        .pair("@STREAM", &stored.stream)
        .pair("@VERSION", &format!("{:020}", stored.version))
        .pair("@SCHEMA", &stored.schema.to_string())
        .pair("@DATA", &stored.data.to_string())
        .pair("@SECOND", stored.at.get(..19).unwrap_or_default())
        .pair("@AT", &stored.at);
    words.apply(SAMPLE)
}
