//! Which keys a stream remembers: for how long, and for which caller.

use std::time::Duration;

use base64::Engine;
use es_core::{
    AppendError, Appended, Commit, EventAppender, EventReader, Execution, ExecutionError, Expectation,
    IdempotencyKey, KeyTag, RecentKeys, SeenKey, Snapshot, StreamId, StreamVersion, Timestamp, execute,
};
use proptest::prelude::*;
use serde_json::json;
use testing::{InMemoryEventStore, forward_reads};

use crate::counter::{Command, Counter, add, stream};
use crate::idempotency::commits;

const MINUTE: i64 = 60_000_000;

/// A request to add 1 under `key` that is received `minutes` after the start of 2027.
fn at(minutes: i64, stream: &StreamId, key: &str) -> Execution<Command> {
    let mut execution = add(stream, key, &[1]);
    let start = 1_798_761_600_000_000;
    execution.metadata.occurred_at = Timestamp::from_micros(start + minutes * MINUTE).unwrap();
    execution
}

/// `execution` as a request of another caller.
fn of_another(mut execution: Execution<Command>) -> Execution<Command> {
    execution.metadata.actor = "user-2".into();
    execution
}

async fn snapshot(store: &InMemoryEventStore, stream: &StreamId) -> Snapshot {
    commits(store, stream).await.pop().unwrap().snapshot.expect("the last commit has a snapshot")
}

#[tokio::test]
async fn a_snapshot_keeps_the_keys_of_the_last_25_hours_however_many_there_are() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    // The first four commits are one minute too old for the last snapshot.
    for (number, minutes) in (1..=4).map(|number| (number, 0)).chain((5..=200).map(|number| (number, number)))
    {
        execute::<Counter, _>(&store, at(minutes, &stream, &number.to_string())).await.unwrap();
    }
    let all = snapshot(&store, &stream).await.keys;
    assert_eq!(all.as_slice().len(), 200);
    for key in ["201", "202", "203", "204"] {
        execute::<Counter, _>(&store, at(25 * 60 + 1, &stream, key)).await.unwrap();
    }
    let kept = snapshot(&store, &stream).await.keys;
    let versions: Vec<_> = kept.as_slice().iter().map(|seen| seen.version.get()).collect();
    assert_eq!(versions, (5..=204).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_remembered_key_takes_six_bytes_of_a_snapshot() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    for number in 1..=64 {
        execute::<Counter, _>(&store, at(number, &stream, &format!("a-key-of-a-usual-length-{number}")))
            .await
            .unwrap();
    }
    let keys = serde_json::to_string(&snapshot(&store, &stream).await.keys).unwrap();
    assert!(keys.len() < 64 * 6, "{} bytes: {keys}", keys.len());
}

#[tokio::test]
async fn a_key_with_the_tag_of_many_others_is_refused_after_a_few_loads() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    let commits = crate::history::commits(&stream, 4);
    let chosen = KeyTag::from_metadata(&at(0, &stream, "chosen").metadata);
    let mut last = commits[3].clone();
    let namesakes = (1..=1_000).map(|_| {
        let mut seen = commits[0].seen_key();
        seen.tag = chosen;
        seen
    });
    last.snapshot.as_mut().unwrap().keys = namesakes.collect();
    for commit in commits[..3].iter().chain([&last]) {
        store.append(commit).await.unwrap();
    }
    let error = execute::<Counter, _>(&store, at(0, &stream, "chosen")).await.unwrap_err();
    assert!(matches!(error, ExecutionError::KeyReused), "{error}");
    assert_eq!(store.loads(), 5);
}

#[tokio::test]
async fn a_repeat_is_answered_although_four_other_keys_have_the_tag_of_its_key() {
    // The own commit has version 5. The commits with the tag are read newest first, and at most four of them are read.
    for (others, read) in [([1, 2, 3, 4], 1), ([4, 6, 7, 8], 4)] {
        let (store, stream) = (InMemoryEventStore::default(), stream());
        let mut commits = crate::history::commits(&stream, 8);
        commits[4].metadata = at(0, &stream, "chosen").metadata;
        let chosen = KeyTag::from_metadata(&commits[4].metadata);
        let keys = commits.iter().map(|commit| {
            let mut seen = commit.seen_key();
            if others.contains(&seen.version.get()) {
                seen.tag = chosen;
            }
            seen
        });
        commits[7].snapshot.as_mut().unwrap().keys = keys.collect();
        for commit in &commits {
            store.append(commit).await.unwrap();
        }
        let again = execute::<Counter, _>(&store, at(1, &stream, "chosen")).await.unwrap();
        assert_eq!((again.state.total, again.version.get(), again.replayed), (5, 5, true), "{others:?}");
        let loaded_already = usize::from(others.contains(&8));
        assert_eq!(store.loads(), 1 + read - loaded_already, "{others:?}");
    }
}

#[tokio::test]
async fn a_key_of_another_caller_is_another_key() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    for number in 1..=9 {
        execute::<Counter, _>(&store, at(number, &stream, &number.to_string())).await.unwrap();
    }
    // Only the snapshot at version 8 has key 1, and key 9 is in a loaded commit.
    for (key, total) in [("1", 10), ("9", 11)] {
        let other = execute::<Counter, _>(&store, of_another(at(10, &stream, key))).await.unwrap();
        assert_eq!((other.state.total, other.replayed), (total, false), "key {key}");
        let again = execute::<Counter, _>(&store, of_another(at(11, &stream, key))).await.unwrap();
        assert_eq!((again.state.total, again.replayed), (total, true), "key {key}");
    }
    let first = execute::<Counter, _>(&store, at(12, &stream, "1")).await.unwrap();
    assert_eq!((first.state.total, first.replayed), (1, true));
}

#[tokio::test]
async fn a_commit_of_another_caller_under_the_same_key_is_a_conflict() {
    for mistaken in [false, true] {
        let (store, stream) = (Late { mistaken, ..Late::default() }, stream());
        execute::<Counter, _>(&store.store, of_another(at(0, &stream, "key"))).await.unwrap();
        let late = Execution { expectation: Expectation::New, ..at(1, &stream, "key") };
        let outcome = execute::<Counter, _>(&store, late).await.unwrap();
        assert_eq!((outcome.state.total, outcome.version.get()), (2, 2), "mistaken: {mistaken}");
        assert_eq!((outcome.replayed, outcome.conflicts), (false, 1), "mistaken: {mistaken}");
    }
}

#[tokio::test]
async fn two_keys_with_the_same_tag_are_two_keys() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    for number in 1..=3 {
        execute::<Counter, _>(&store, at(number, &stream, &number.to_string())).await.unwrap();
    }
    // The snapshot leads from the tag of each key to the commits of two other keys, as if all tags were the same.
    let mut commit = commits(&store, &stream).await.pop().unwrap();
    commit.first = commit.last().next();
    commit.metadata = at(4, &stream, "4").metadata;
    let version = |number| StreamVersion::new(number);
    let tags = ["1", "2", "3", "4", "new"].map(|key| KeyTag::from_metadata(&at(0, &stream, key).metadata));
    let every = |tag: &KeyTag| {
        let (tag, seen) = (*tag, commit.seen_key());
        [1, 2, 3, 4].map(|number| {
            let mut forged = seen;
            (forged.tag, forged.version) = (tag, version(number));
            forged
        })
    };
    let keys: RecentKeys = tags.iter().flat_map(every).collect();
    commit.snapshot = Some(Snapshot { schema: 1, state: json!({"total": 4, "padding": ""}), keys });
    store.append(&commit).await.unwrap();
    for (key, total) in [("1", 1_i64), ("2", 2), ("3", 3), ("4", 4)] {
        let again = execute::<Counter, _>(&store, at(5, &stream, key)).await.unwrap();
        assert_eq!(
            (again.state.total, again.version, again.replayed),
            (total, version(total.unsigned_abs()), true)
        );
        let mut other = at(5, &stream, key);
        other.metadata.request_hash = add(&stream, key, &[7]).metadata.request_hash;
        let error = execute::<Counter, _>(&store, other).await.unwrap_err();
        assert!(matches!(error, ExecutionError::KeyReused), "{error}");
    }
    let new = execute::<Counter, _>(&store, at(5, &stream, "new")).await.unwrap();
    assert_eq!((new.state.total, new.version, new.replayed), (5, version(5), false));
}

#[tokio::test]
async fn the_key_of_a_command_that_changed_nothing_is_not_remembered() {
    let (store, stream) = (InMemoryEventStore::default(), stream());
    execute::<Counter, _>(&store, at(0, &stream, "first")).await.unwrap();
    let nothing = Execution { command: Command::Add(Vec::new()), ..at(1, &stream, "nothing") };
    let unchanged = execute::<Counter, _>(&store, nothing).await.unwrap();
    assert_eq!((unchanged.version.get(), unchanged.changed), (1, false));
    let later = execute::<Counter, _>(&store, at(2, &stream, "nothing")).await.unwrap();
    assert_eq!((later.version.get(), later.replayed), (2, false));
}

#[test]
fn the_text_of_remembered_keys_does_not_change() {
    let stream: StreamId = "counter-6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f".parse().unwrap();
    let commits =
        crate::history::commits(&stream, 3).into_iter().zip([0, 90, 61]).map(|(mut commit, minutes)| {
            commit.metadata.occurred_at = at(minutes, &stream, "any").metadata.occurred_at;
            commit.seen_key()
        });
    let keys: RecentKeys = commits.collect();
    let text = "I5NcgJeXOSfof-gCO6xjcg";
    assert_eq!(serde_json::to_value(&keys).unwrap(), json!(text));
    assert_eq!(serde_json::from_value::<RecentKeys>(json!(text)).unwrap(), keys);
}

#[test]
fn a_number_of_seven_bits_takes_one_byte() {
    let stream: StreamId = "counter-6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f".parse().unwrap();
    // 32 minutes earlier is 63 in zigzag code, and 127 with the mark of a version that does not follow; 63 versions later
    // is 126.
    let commits = crate::history::commits(&stream, 1);
    let seen = [(1, 32), (64, 0)].map(|(version, minutes)| {
        let mut metadata = commits[0].metadata.clone();
        metadata.occurred_at = Timestamp::from_micros(minutes * MINUTE).unwrap();
        SeenKey::new(&metadata, StreamVersion::new(version))
    });
    let keys: RecentKeys = seen.into_iter().collect();
    let text = serde_json::to_value(&keys).unwrap();
    let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap();
    // Each key has a tag of three bytes. The first one has two bytes for its minute, the second one a byte for its minute
    // and one for its version.
    assert_eq!(bytes.len(), 3 + 2 + 3 + 1 + 1, "{bytes:?}");
    assert_eq!(serde_json::from_value::<RecentKeys>(text).unwrap(), keys);
}

#[test]
fn a_text_that_is_not_a_list_of_keys_is_refused() {
    let base64 = |bytes: &[u8]| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let long = [[1, 2, 3].as_slice(), &[0x80; 10], &[0]].concat();
    let too_large = [[1, 2, 3].as_slice(), &[0xff; 9], &[0x7f]].concat();
    let earlier_form = "I5Nc0o_thnA.1.29979360 J-h_SVGsUB4.1.90".to_owned();
    let texts = [
        " ".to_owned(),
        "AQIDAA==".to_owned(),
        earlier_form,
        base64(&[1, 2]),
        base64(&[1, 2, 3]),
        base64(&[1, 2, 3, 0x80]),
        base64(&[1, 2, 3, 1]),
        base64(&long),
        base64(&too_large),
    ];
    for text in texts {
        assert!(serde_json::from_value::<RecentKeys>(json!(text)).is_err(), "{text:?}");
    }
    assert_eq!(serde_json::from_value::<RecentKeys>(json!("")).unwrap(), RecentKeys::default());
}

proptest! {
    #[test]
    fn any_list_of_keys_is_read_as_it_was_written(
        entries in prop::collection::vec(
            (any::<u64>(), Timestamp::MIN.micros()..=Timestamp::MAX.micros(), "[!-~]{1,9}"), 0..5
        ),
    ) {
        let stream = stream();
        let keys: RecentKeys = entries.iter().map(|(version, micros, key)| {
            let mut metadata = at(0, &stream, key).metadata;
            metadata.occurred_at = Timestamp::from_micros(*micros).unwrap();
            SeenKey::new(&metadata, StreamVersion::new(*version))
        }).collect();
        let text = serde_json::to_value(&keys).unwrap();
        prop_assert_eq!(serde_json::from_value::<RecentKeys>(text).unwrap(), keys);
    }

    #[test]
    fn the_key_of_a_part_is_valid_and_its_own(key in "[!-~]{1,255}", one in 0..100_usize, other in 0..100_usize) {
        let key = IdempotencyKey::try_from(key).unwrap();
        let part = key.for_part(one);
        prop_assert_eq!(IdempotencyKey::try_from(part.to_string()), Ok(part.clone()));
        prop_assert_eq!(part == key.for_part(other), one == other);
    }
}

#[test]
fn the_key_of_a_part_does_not_change() {
    let key = |length| IdempotencyKey::try_from("k".repeat(length)).unwrap();
    assert_eq!(key(3).for_part(7).as_str(), "kkk:7");
    assert_eq!(key(253).for_part(7).as_str().len(), 255);
    assert_eq!(key(254).for_part(7).as_str(), "b00d727a-fcf6-50a3-845f-0b1bbeab1ea8");
}

/// A store that, on request, takes a commit of another caller under the same key for the caller's own.
#[derive(Default)]
struct Late {
    store: InMemoryEventStore,
    mistaken: bool,
}

impl EventAppender for Late {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        match self.store.append(commit).await {
            Err(AppendError::Conflict { winner }) if self.mistaken => Ok(Appended::AlreadyThere(winner)),
            result => result,
        }
    }

    async fn pause(&self, longest: Duration) {
        self.store.pause(longest).await;
    }
}

impl EventReader for Late {
    forward_reads!(store: load, commits_after, load_all);
}
