//! The items of the event table: the conversion from and to a commit, and the items that are refused.
#![cfg(test)]

use es_core::Commit;
use event_store::{CommitItem, InvalidItem};

const STREAM: &str = "account-6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f";

fn item() -> CommitItem {
    CommitItem {
        pk: STREAM.to_owned(),
        sk: 3,
        count: 2,
        events: r#"[{"type":"A","data":{"n":1}},{"type":"B","schema":2,"data":{"text":"日本 ☕"}}]"#
            .to_owned(),
        at: "2026-05-04T03:02:01.000900Z".to_owned(),
        by: "user-1".to_owned(),
        key: "key-1".to_owned(),
        request_hash: "00ff".to_owned(),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        correlation_id: "correlation".to_owned(),
        causation_id: "causation".to_owned(),
        snapshot: Some(r#"{"schema":1,"state":{"n":3},"recent_keys":"GlhzgZeXOQg"}"#.to_owned()),
    }
}

/// Applies `change` to a valid item, decodes the item, and returns the attribute that the error names.
fn blamed(change: impl FnOnce(&mut CommitItem)) -> &'static str {
    let mut item = item();
    change(&mut item);
    let InvalidItem { stream, attribute, .. } = Commit::try_from(item).unwrap_err();
    assert!(stream == STREAM || attribute == "pk");
    attribute
}

#[test]
fn an_item_is_unchanged_after_conversion_to_a_commit_and_back() {
    let commit = Commit::try_from(item()).unwrap();
    assert_eq!((commit.first.get(), commit.last().get()), (3, 4));
    assert_eq!(commit.events[1].schema, 2);
    assert_eq!(CommitItem::try_from(&commit).unwrap(), item());
}

#[test]
fn optional_attributes_may_be_missing() {
    let bare = CommitItem { traceparent: None, snapshot: None, ..item() };
    let commit = Commit::try_from(bare.clone()).unwrap();
    assert_eq!((&commit.snapshot, &commit.metadata.traceparent), (&None, &None));
    assert_eq!(CommitItem::try_from(&commit).unwrap(), bare);
}

#[test]
fn an_unreadable_snapshot_counts_as_none() {
    let earlier_forms = [
        // A snapshot that remembers 64 keys at most, whatever their age.
        r#"{"schema":1,"state":{"n":3},"keys":[{"key":"k","request_hash":"00","version":4}]}"#,
        // A snapshot with longer tags, in a readable list.
        r#"{"schema":1,"state":{"n":3},"recent_keys":"GlhzzEPcTdM.4.29979360"}"#,
    ];
    let damaged =
        ["null", "", r#"{"schema":1,"recent_keys":""}"#, r#"{"schema":1,"state":{},"recent_keys":"x"}"#];
    for snapshot in damaged.into_iter().chain(earlier_forms) {
        let commit = Commit::try_from(CommitItem { snapshot: Some(snapshot.to_owned()), ..item() }).unwrap();
        assert_eq!(
            CommitItem::try_from(&commit).unwrap(),
            CommitItem { snapshot: None, ..item() },
            "{snapshot}"
        );
    }
}

#[test]
fn an_invalid_attribute_is_named() {
    assert_eq!(blamed(|item| item.pk = "account".to_owned()), "pk");
    assert_eq!(blamed(|item| item.sk = 0), "sk");
    assert_eq!(blamed(|item| item.count = 1), "count");
    assert_eq!(blamed(|item| (item.count, item.events) = (0, "[]".to_owned())), "count");
    assert_eq!(blamed(|item| item.events = "{}".to_owned()), "events");
    assert_eq!(blamed(|item| item.at = "yesterday".to_owned()), "at");
    assert_eq!(blamed(|item| item.key = String::new()), "key");
    assert_eq!(blamed(|item| item.sk = u64::MAX), "sk");
}

#[test]
fn a_commit_without_events_or_with_version_0_cannot_be_stored() {
    let commit = Commit::try_from(item()).unwrap();
    let empty = Commit { events: Vec::new(), ..commit.clone() };
    assert_eq!(CommitItem::try_from(&empty).unwrap_err().attribute, "count");
    let unversioned = Commit { first: es_core::StreamVersion::NONE, ..commit };
    assert_eq!(CommitItem::try_from(&unversioned).unwrap_err().attribute, "sk");
}

#[test]
fn an_item_is_unchanged_after_conversion_to_sdk_attributes_and_back() {
    assert_eq!(CommitItem::read(&item().into_attributes()).unwrap(), item());
}

#[test]
fn a_missing_or_mistyped_attribute_is_named() {
    let mut attributes = item().into_attributes();
    let sk = attributes.remove("sk").unwrap();
    assert_eq!(CommitItem::read(&attributes).unwrap_err().attribute, "sk");
    attributes.insert("sk".to_owned(), sk.clone());
    attributes.insert("by".to_owned(), sk);
    assert_eq!(CommitItem::read(&attributes).unwrap_err().attribute, "by");
}

#[test]
fn the_size_counts_names_utf8_bytes_and_pairs_of_digits() {
    let empty = CommitItem {
        pk: String::new(),
        events: String::new(),
        at: String::new(),
        by: String::new(),
        key: String::new(),
        request_hash: String::new(),
        traceparent: None,
        correlation_id: String::new(),
        causation_id: String::new(),
        snapshot: None,
        sk: 3,
        count: 2,
    };
    let names =
        "pk events at by key request_hash correlation_id causation_id sk count".replace(' ', "").len();
    assert_eq!(empty.bytes(), names + 2 + 2);
    let longer = CommitItem { by: "é".to_owned(), sk: 12_345, ..empty };
    assert_eq!(longer.bytes(), names + 2 + 4 + 2);
}
