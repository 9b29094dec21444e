//! The published contract of the shop's events: schemas, `AsyncAPI` document and page are those of the types.
//!
//! `UPDATE_SCHEMAS=1 cargo test --workspace --test events` writes the files.
#![cfg(test)]

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use es_core::{Decider, Recorded};
use event_bus::PublishedEvent;
use event_contract::{ContractError, EventContract, EventSchemas, check_codec, event_types};
use jsonschema::Validator;
use serde_json::{Value, json};
use shop_contract::EVENT_SCHEMAS;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The types of the events of all aggregates.
macro_rules! types {
    ($($decider:ty),+ $(,)?) => {
        [$(event_types::<$decider>().expect("event types")),+].concat()
    };
}

fn contract() -> EventContract {
    EventContract {
        root: root(),
        folder: "shared/shop/contract",
        page: "docs/events.md",
        title: "Events of the shop",
        version: env!("CARGO_PKG_VERSION"),
        description: "What happened to the orders and products of the shop. docs/events.md has the rules for consumers.",
        command: "cargo test --workspace --test events",
        schema_ids: EVENT_SCHEMAS,
        types: domain::each_aggregate!(types),
    }
}

/// Compares the files with the types. With `UPDATE_SCHEMAS`, it writes them before a test reads them.
static COMPARED: LazyLock<Result<(), ContractError>> = LazyLock::new(|| {
    if env::var_os("UPDATE_SCHEMAS").is_some() { contract().update() } else { contract().check() }
});

fn committed() -> EventSchemas {
    LazyLock::force(&COMPARED);
    EventSchemas::read(&contract().events()).expect("schemas")
}

#[test]
fn the_published_contract_is_that_of_the_types() {
    if let Err(error) = &*COMPARED {
        panic!("{error}");
    }
}

#[test]
fn the_code_reads_all_events_that_the_schemas_allow() {
    macro_rules! check {
        ($($decider:ty),+ $(,)?) => {
            [$(check_codec::<<$decider as Decider>::Event>(&committed())),+]
        };
    }
    for result in domain::each_aggregate!(check) {
        result.expect("the schemas are those of the code");
    }
}

#[test]
fn the_sample_streams_have_the_published_form() {
    let (schemas, commits) = (committed(), shop_testing::commits());
    let first = shop_testing::created_under_schema_1();
    for event in commits.iter().flat_map(|commit| &commit.events).chain([&first]) {
        schemas.check(event).expect("the published form");
    }
}

/// The JSON Schema of the payload of each message in `asyncapi.json`, by the name of the message.
fn payloads() -> BTreeMap<String, Validator> {
    let schemas = committed();
    let text = fs::read_to_string(root().join("shared/shop/contract/asyncapi.json")).expect("text");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    let messages = document["components"]["messages"].as_object_mut().expect("messages");
    // The payload refers to the file of its schema. The schema is put in place of the reference, with its definitions.
    for (name, number, schema) in schemas.all() {
        let key = format!("{name}.{number}");
        let message = messages.get_mut(&key).expect("a message for each schema");
        let data = message.pointer_mut("/payload/allOf/1/properties/detail/properties/data").expect("data");
        assert_eq!(*data, json!({"$ref": format!("./events/{name}.{number}.json")}));
        let place =
            format!("#/components/messages/{key}/payload/allOf/1/properties/detail/properties/data/$defs/");
        *data = serde_json::from_str(&schema.to_string().replace("#/$defs/", &place)).expect("JSON");
        data.as_object_mut().and_then(|schema| schema.remove("$id")).expect("an id");
    }
    let names: Vec<_> = messages.keys().cloned().collect();
    let validator = |name: String| {
        let mut root = document.clone();
        root["$ref"] = json!(format!("#/components/messages/{name}/payload"));
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        (name, options.build(&root).expect("a schema"))
    };
    names.into_iter().map(validator).collect()
}

/// The event that `EventBridge` passes to the target of a rule.
fn bridged(event: &PublishedEvent) -> Value {
    json!({
        "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": event.event_type,
        "source": event.source, "account": "123456789012", "time": "2026-11-28T12:00:00Z", "region": "eu-west-1",
        "resources": [], "detail": event,
    })
}

#[test]
fn every_published_event_is_its_message_and_no_other() {
    let (payloads, schemas) = (payloads(), committed());
    let mut commits = shop_testing::commits();
    commits.push(shop_testing::commit(
        &shop_testing::order(4),
        1,
        vec![shop_testing::created_under_schema_1()],
    ));
    for commit in &commits {
        for (event, before) in commit.events.iter().zip(0..) {
            let recorded = Recorded {
                stream: commit.stream.clone(),
                version: commit.first.plus(before),
                metadata: commit.metadata.clone(),
                event: event.clone(),
            };
            let published = PublishedEvent::from_recorded(&recorded, "shop", EVENT_SCHEMAS);
            schemas.check(&published.stored().expect("data")).expect("the published form");
            let too_large = published.clone().with_reference("/queries/orders/1/events".to_owned());
            for published in [published, too_large] {
                let matches: Vec<_> =
                    payloads.iter().filter(|(_, payload)| payload.is_valid(&bridged(&published))).collect();
                let names: Vec<_> = matches.into_iter().map(|(name, _)| name.clone()).collect();
                assert_eq!(names, [format!("{}.{}", event.event_type, event.schema)]);
            }
        }
    }
}

#[test]
fn the_list_of_aggregates_has_the_events_of_all_enums() {
    macro_rules! names {
        ($($decider:ty),+ $(,)?) => {
            [$(type_name::<<$decider as Decider>::Event>()),+]
        };
    }
    let listed = domain::each_aggregate!(names);
    let listed: BTreeSet<_> = listed.iter().filter_map(|path| path.rsplit(':').next()).collect();
    let sources = sources(&root().join("shared/shop/domain/src"));
    let derived = sources.iter().flat_map(|text| text.split("DomainEvent)]").skip(1));
    let derived = derived.filter_map(|rest| rest.split_once("pub enum ")?.1.split_whitespace().next());
    assert_eq!(listed, derived.collect(), "domain::each_aggregate! lacks an aggregate");
}

/// The texts of all sources in `folder`.
fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts.extend(self::sources(&path));
        } else {
            texts.push(fs::read_to_string(path).expect("text"));
        }
    }
    texts
}
