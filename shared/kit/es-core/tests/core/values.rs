//! The texts of values, and the values that are refused.

use std::time::{Duration, UNIX_EPOCH};

use es_core::{
    Applied, IdempotencyKey, InvalidKey, InvalidTimestamp, RawKey, StoreError, StoreFailure, StreamId,
    StreamVersion, Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{json, to_value};

use crate::counter::Event;
use crate::history::commits;

const STREAM: &str = "counter-01920000-0000-7000-8000-000000000001";

/// Checks that JSON has `value` as `text`.
fn assert_text<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, text: &str) {
    assert_eq!(to_value(value).unwrap(), json!(text));
    assert_eq!(&serde_json::from_value::<T>(json!(text)).unwrap(), value);
}

#[test]
fn a_timestamp_is_a_text_with_microseconds() {
    let noon = Timestamp::from_micros(1_795_348_800_000_001).unwrap();
    for (time, text) in [
        (Timestamp::MIN, "1970-01-01T00:00:00.000000Z"),
        (noon, "2026-11-22T12:00:00.000001Z"),
        (Timestamp::MAX, "9999-12-31T23:59:59.999999Z"),
    ] {
        assert_eq!(time.to_string(), text);
        assert_text(&time, text);
    }
    let with_an_offset: Timestamp = "2026-11-22T13:30:00.0000019+01:30".parse().unwrap();
    assert_eq!(with_an_offset, noon);
}

#[test]
fn a_timestamp_lies_in_the_years_1970_to_9999() {
    let (first, last) = (0, Timestamp::MAX.micros());
    for micros in [first, last] {
        assert_eq!(Timestamp::from_micros(micros).map(Timestamp::micros), Ok(micros));
    }
    for micros in [first - 1, last + 1] {
        assert_eq!(Timestamp::from_micros(micros), Err(InvalidTimestamp), "{micros}");
    }
    for text in ["1969-12-31T23:59:59.999999Z", "2026-11-22", "2026-11-22T12:00:00", ""] {
        assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp), "{text}");
    }
    let second = Duration::from_secs(1);
    let far = Duration::from_hours(400 * 366 * 24 * 100);
    assert_eq!(Timestamp::from(UNIX_EPOCH + second).micros(), 1_000_000);
    assert_eq!(Timestamp::from(UNIX_EPOCH - second), Timestamp::MIN);
    assert_eq!(Timestamp::from(UNIX_EPOCH + far), Timestamp::MAX);
}

#[test]
fn a_key_has_1_to_255_visible_characters() {
    for text in ["k".to_owned(), "!~".to_owned(), "k".repeat(255)] {
        let key = IdempotencyKey::try_from(text.clone()).unwrap();
        assert_text(&key, &text);
    }
    for text in [String::new(), "k".repeat(256), "a b".to_owned(), "\u{e9}".to_owned(), "\u{7f}".to_owned()] {
        assert_eq!(IdempotencyKey::try_from(text.clone()), Err(InvalidKey), "{text:?}");
    }
}

#[test]
fn a_stream_id_and_a_version_have_their_texts() {
    let stream: StreamId = STREAM.parse().unwrap();
    assert_text(&stream, STREAM);
    let version = StreamVersion::new(41);
    assert_eq!(
        (version.next().to_string(), version.plus(2).get(), version.previous().get()),
        ("42".into(), 43, 40)
    );
}

#[test]
fn the_id_of_an_event_does_not_change() {
    let stream: StreamId = STREAM.parse().unwrap();
    let commit = commits(&stream, 2).remove(1);
    let recorded: Vec<_> = commit.recorded::<Event>().collect();
    let [(version, Ok(event))] = &recorded[..] else { panic!("{recorded:?}") };
    assert_eq!((version.get(), event.version.get(), &event.stream), (2, 2, &stream));
    // The UUIDv5 of the text "2" in the namespace of the stream's UUID.
    assert_eq!(event.id().to_string(), "053bdaa0-1155-5d10-acb0-d41e7b5303d9");
}

#[test]
fn the_key_of_an_item_names_a_stream_and_a_version() {
    let key = |partition_key: &str, sort_key: &str| RawKey {
        partition_key: partition_key.to_owned(),
        sort_key: sort_key.to_owned(),
    };
    let (stream, version) = key(STREAM, "00000000000000000007").position().unwrap();
    assert_eq!((stream.to_string(), version.get()), (STREAM.to_owned(), 7));
    assert_eq!(key(STREAM, "7").to_string(), format!("{STREAM} at version 7"));
    for (partition_key, sort_key) in
        [(STREAM, "0"), (STREAM, "18446744073709551615"), (STREAM, "seven"), ("counter", "7")]
    {
        assert_eq!(key(partition_key, sort_key).position(), None, "{partition_key} {sort_key}");
    }
}

#[test]
fn only_a_throttled_store_invites_a_later_retry() {
    let cause = || Box::new(InvalidKey);
    assert!(StoreError::Throttled(cause()).throttled());
    assert!(!StoreError::Unavailable(cause()).throttled());
    assert!(!StoreError::Corrupt { stream: STREAM.to_owned(), reason: "no events".to_owned() }.throttled());
}

#[test]
fn a_change_starts_at_the_views_checkpoint() {
    let at = StreamVersion::new;
    assert_eq!(Applied::refused(at(3), at(3)), None);
    assert_eq!(Applied::refused(at(2), at(3)), Some(Applied::Behind { checkpoint: at(2) }));
    assert_eq!(Applied::refused(at(4), at(3)), Some(Applied::Ahead { checkpoint: at(4) }));
}
