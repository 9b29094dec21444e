//! Streams whose personal fields are markers. They are copies of the streams that the sample commands have made, so an
//! event of a new command is found by its sample.

use std::collections::BTreeSet;

use e2e::{StoredCommit, Streams};
use es_core::{Commit, IdempotencyKey, Metadata, RequestHash, StoredEvent, StreamId, StreamVersion};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::personal_data::markers::MarkedField;

/// Copies of all streams in `streams` that have events with personal fields. Asserts that every personal field of an
/// event has a value in one of them.
pub(crate) fn marked(streams: &Streams, fields: &[MarkedField]) -> Vec<Vec<Commit>> {
    let (mut copies, mut used) = (Vec::new(), BTreeSet::new());
    for (stream, commits) in streams {
        let (stream, mut copy, mut paths) = (new_stream(stream), Vec::new(), BTreeSet::new());
        for commit in commits {
            let mut events = Vec::new();
            for event in &commit.events {
                let (event, marked) = marked_event(event, fields);
                events.push(event);
                paths.extend(marked);
            }
            let (stream, first) = (stream.clone(), StreamVersion::new(commit.version));
            copy.push(Commit { stream, first, events, metadata: metadata(commit, fields), snapshot: None });
        }
        if !paths.is_empty() {
            copies.push(copy);
            used.extend(paths);
        }
    }
    for path in fields.iter().map(|field| &field.field.path).filter(|path| !path.starts_with("Metadata.")) {
        assert!(
            used.contains(path),
            "no sample command stores a text in {path}: add a sample to events/; the test marks texts only"
        );
    }
    copies
}

/// A stream with `commits` commits of one event each: the opening of a marked order, and confirmations. The next commit
/// of an order with seven commits carries a snapshot.
pub(crate) fn long(opening: &[Commit], commits: u64) -> Vec<Commit> {
    let stream = new_stream(&opening[0].stream.to_string());
    let confirmed: StoredEvent =
        serde_json::from_value(json!({"type": "OrderConfirmed", "data": {}})).expect("an event");
    let commit = |version: u64| {
        let events = if version == 1 { opening[0].events.clone() } else { vec![confirmed.clone()] };
        let Commit { metadata, .. } = &opening[0];
        let key = format!("{}-{version}", metadata.key).try_into().expect("a key");
        let metadata = Metadata { key, ..metadata.clone() };
        Commit {
            stream: stream.clone(),
            first: StreamVersion::new(version),
            events,
            metadata,
            snapshot: None,
        }
    };
    (1..=commits).map(commit).collect()
}

/// A new stream of the category of `stream`.
pub(crate) fn new_stream(stream: &str) -> StreamId {
    let stream: StreamId = stream.parse().expect("a stream");
    StreamId::new(stream.category().clone(), Uuid::now_v7())
}

/// The metadata of `commit` with markers.
fn metadata(commit: &StoredCommit, fields: &[MarkedField]) -> Metadata {
    let mut metadata = Metadata {
        occurred_at: commit.at.parse().expect("a time"),
        actor: String::new(),
        key: IdempotencyKey::try_from(commit.key.clone()).expect("a key"),
        request_hash: RequestHash::stored(String::new()),
        traceparent: None,
        correlation_id: "correlation".to_owned(),
        causation_id: "request".to_owned(),
    };
    for MarkedField { field, marker } in fields {
        let Some(name) = field.path.strip_prefix("Metadata.") else { continue };
        match name {
            "actor" => metadata.actor.clone_from(marker),
            "key" => metadata.key = marker.clone().try_into().expect("a key"),
            "request_hash" => metadata.request_hash = RequestHash::stored(marker.clone()),
            other => panic!("write a marker into Metadata::{other} here"),
        }
    }
    metadata
}

/// `event` with markers, and the paths of the marked fields.
fn marked_event(event: &Value, fields: &[MarkedField]) -> (StoredEvent, Vec<String>) {
    let (mut event, mut marked) = (event.clone(), Vec::new());
    let event_type = event["type"].as_str().expect("a type").to_owned();
    for MarkedField { field, marker } in fields {
        let path = field.path.strip_prefix(&event_type).and_then(|path| path.strip_prefix('.'));
        if path.is_some_and(|path| mark(&mut event["data"], path, marker)) {
            marked.push(field.path.clone());
        }
    }
    (serde_json::from_value(event).expect("a stored event"), marked)
}

/// Replaces the texts at `path` by `marker`. Returns false if there are none.
fn mark(value: &mut Value, path: &str, marker: &str) -> bool {
    if let Some(inner) = path.strip_prefix("[]") {
        let inner = inner.strip_prefix('.').unwrap_or(inner);
        let elements = value.as_array_mut().into_iter().flatten();
        return elements.map(|element| mark(element, inner, marker)).fold(false, |any, one| any | one);
    }
    if path.is_empty() {
        if let Some(texts) = value.as_array_mut() {
            return texts.iter_mut().map(|text| mark(text, path, marker)).fold(false, |any, one| any | one);
        }
        let is_text = value.is_string();
        if is_text {
            *value = json!(marker);
        }
        return is_text;
    }
    let (name, inner) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    let inner = inner.strip_prefix('.').unwrap_or(inner);
    value.get_mut(name).is_some_and(|member| mark(member, inner, marker))
}

#[test]
fn a_path_reaches_every_element_of_a_list() {
    let mut value = json!({"items": [{"notes": ["a", "b"]}, {}, {"notes": "c"}], "notes": 7});
    assert!(mark(&mut value, "items[].notes", "m"));
    assert!(!mark(&mut value, "notes", "m"), "a number is no text");
    assert!(!mark(&mut value, "items[].name", "m"));
    assert_eq!(value, json!({"items": [{"notes": ["m", "m"]}, {}, {"notes": "m"}], "notes": 7}));
}
