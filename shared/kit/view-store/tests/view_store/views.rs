//! Writing views with one conditional request each, and reading views and checkpoints.

use dynamo::{number, text};
use es_core::{Applied, StoreFailure, StreamVersion, WriteError};
use testing::consumed_capacities;
use testing::dynamodb::Fault;
use view_store::{CheckpointItem, DynamoCheckpoints, ItemKey, ReadError};

use crate::account::{Accounts, key};

const fn ahead(version: u64) -> Applied {
    Applied::Ahead { checkpoint: StreamVersion::new(version) }
}

const fn behind(version: u64) -> Applied {
    Applied::Behind { checkpoint: StreamVersion::new(version) }
}

#[tokio::test]
async fn a_write_out_of_order_is_refused_and_returns_the_checkpoint() {
    let accounts = Accounts::new().await;
    let apply = async |balance, versions| accounts.apply(7, Some(balance), versions).await.unwrap();
    assert_eq!(apply(5, (1, 2)).await, behind(0));
    assert_eq!(accounts.read(7).await.unwrap(), None, "a refused write must leave nothing behind");
    assert_eq!(apply(5, (0, 1)).await, Applied::Written);
    assert_eq!(apply(6, (2, 3)).await, behind(1));
    assert_eq!(apply(6, (0, 1)).await, ahead(1));
    assert_eq!(accounts.read(7).await.unwrap(), Some((1, 5)));
    assert_eq!(apply(6, (1, 12)).await, Applied::Written);
    assert_eq!(apply(7, (1, 12)).await, ahead(12));
    assert_eq!(apply(7, (9, 10)).await, ahead(12), "versions must be compared as numbers: 12 > 9");
    assert_eq!(accounts.read(7).await.unwrap(), Some((12, 6)));
    assert_eq!(
        accounts.db.recorder().count("UpdateItem"),
        7,
        "a refused write must not send a second request"
    );
}

#[tokio::test]
async fn a_view_of_another_event_table_is_neither_behind_nor_ahead() {
    let accounts = Accounts::new().await;
    accounts.apply(7, Some(5), (0, 3)).await.unwrap();
    let apply = async |timeline: &str, versions| accounts.apply_from(timeline, 7, versions).await.unwrap();
    assert_eq!(apply("events", (3, 4)).await, Applied::Written, "the view had no timeline yet");
    accounts.db.recorder().clear();
    for versions in [(0, 1), (3, 4), (4, 5), (8, 9)] {
        assert_eq!(apply("restored", versions).await, Applied::OtherTimeline, "{versions:?}");
    }
    assert_eq!(accounts.db.recorder().requests(), ["UpdateItem"; 4]);
    assert_eq!(apply("events", (0, 1)).await, ahead(4));
    assert_eq!(apply("events", (8, 9)).await, behind(4));
    for (timeline, version) in [("events", 4), ("restored", 0)] {
        let versions = accounts.checkpoints_of(timeline).versions(&[key(7).into()]).await.unwrap();
        assert_eq!(versions, [StreamVersion::new(version)], "{timeline}");
    }
    assert_eq!(accounts.read(7).await.unwrap(), Some((4, 5)));
}

#[tokio::test]
async fn an_empty_change_only_moves_the_checkpoint() {
    let accounts = Accounts::new().await;
    accounts.apply(7, Some(5), (0, 1)).await.unwrap();
    assert_eq!(accounts.apply(7, None, (1, 4)).await.unwrap(), Applied::Written);
    assert_eq!(accounts.read(7).await.unwrap(), Some((4, 5)));
}

#[tokio::test]
async fn throttling_is_distinguished_from_failures_and_a_write_after_a_lost_response_is_found() {
    let accounts = Accounts::new().await;
    accounts.db.faults().script([Fault::Throttled, Fault::NotSent, Fault::LostAnswer]);
    assert!(matches!(accounts.apply(7, Some(5), (0, 1)).await, Err(WriteError::Throttled(_))));
    assert!(matches!(accounts.apply(7, Some(5), (0, 1)).await, Err(WriteError::Unavailable(_))));
    assert!(matches!(accounts.apply(7, Some(5), (0, 1)).await, Err(WriteError::Unavailable(_))));
    assert_eq!(
        accounts.apply(7, Some(5), (0, 1)).await.unwrap(),
        ahead(1),
        "the write whose response was lost must have taken place"
    );
    accounts.db.faults().script([Fault::Throttled, Fault::NotSent]);
    let throttled = accounts.read(7).await.unwrap_err();
    assert!(matches!(throttled, ReadError::Throttled(_)) && throttled.throttled());
    let unavailable = accounts.read(7).await.unwrap_err();
    assert!(matches!(unavailable, ReadError::Unavailable(_)) && !unavailable.throttled());
}

#[tokio::test]
async fn a_corrupt_item_is_reported_with_its_key_and_attribute() {
    let accounts = Accounts::new().await;
    accounts.apply(8, None, (0, 1)).await.unwrap();
    assert_eq!(accounts.read(8).await.unwrap(), None, "an item with only a checkpoint is not a view yet");
    let wrong = [
        ("balance", text("five")),
        ("deposits", text("[]")),
        ("owner", number(1)),
        ("purposes", text("[1]")),
    ];
    for (account, (attribute, nonsense)) in (9..).zip(wrong) {
        accounts.apply(account, Some(5), (0, 1)).await.unwrap();
        let ItemKey { pk, sk } = key(account);
        accounts.db.set(accounts.views.table.name(), (&pk, text(sk)), attribute, nonsense).await;
        let corrupt = accounts.read(account).await.unwrap_err();
        assert!(!corrupt.throttled());
        let ReadError::Corrupt { item, attribute: found } = corrupt else { panic!("{corrupt}") };
        assert_eq!((item, found), (pk, attribute));
    }
}

#[tokio::test]
async fn a_write_to_an_item_without_a_valid_checkpoint_is_refused_and_names_the_item() {
    let accounts = Accounts::new().await;
    let (table, ItemKey { pk, sk }) = (accounts.views.table.name(), key(7));
    accounts.db.set(table, (&pk, text(sk)), "version", text("one")).await;
    for versions in [(0, 1), (1, 2)] {
        let error = accounts.apply(7, Some(5), versions).await.unwrap_err();
        let WriteError::Unavailable(cause) = error else { panic!("{error}") };
        assert_eq!(cause.to_string(), format!("{pk} lacks a valid attribute version"));
    }
}

#[tokio::test]
async fn checkpoints_are_returned_in_the_order_of_their_keys_and_the_span_reports_the_sum_of_all_batches() {
    let accounts = Accounts::new().await;
    for account in 1..=3 {
        accounts.apply(account, None, (0, u64::try_from(account).unwrap())).await.unwrap();
    }
    accounts.db.recorder().clear();
    let checkpoints = DynamoCheckpoints::new(accounts.db.client(), accounts.views.table.name());
    let keys: Vec<_> = [3, 9, 1, 3, 2]
        .into_iter()
        .chain(100..240)
        .map(|account| CheckpointItem::from(key(account)))
        .collect();
    let (versions, capacities) = consumed_capacities(checkpoints.versions(&keys)).await;
    let versions: Vec<_> = versions.unwrap().into_iter().map(StreamVersion::get).collect();
    assert_eq!(versions[..5], [3, 0, 1, 3, 2]);
    assert_eq!(versions[5..], [0; 140]);
    assert_eq!(accounts.db.recorder().requests(), ["BatchGetItem"; 2]);
    let units = accounts.db.recorder().read_units();
    assert_eq!(capacities, [("read_store.checkpoints", units)]);
    assert!(units >= 3.0, "consistent reads of three items cost at least 3 units, not {units}");
    assert_eq!(checkpoints.versions(&[]).await.unwrap(), []);
}

/// The checkpoint of a view with an item for each version is that of the newest item. An item within a commit names the
/// version before the commit, and an item of another event table does not count.
#[tokio::test]
async fn the_newest_item_of_a_partition_is_a_checkpoint() {
    let accounts = Accounts::new().await;
    let table = accounts.views.table.name();
    let statement = |pk: &str| CheckpointItem::Newest { pk: pk.to_owned(), prefix: "line#" };
    for (pk, lines) in [("whole", 12), ("within", 3), ("elsewhere", 2)] {
        for line in 1..=lines {
            let ItemKey { pk, sk } = statement(pk).key_at(StreamVersion::new(line));
            accounts.db.set(table, (&pk, text(sk)), "cents", number(line)).await;
        }
    }
    let ItemKey { pk, sk } = statement("within").key_at(StreamVersion::new(3));
    accounts.db.set(table, (&pk, text(sk)), "version", number(1)).await;
    let ItemKey { pk, sk } = statement("elsewhere").key_at(StreamVersion::new(2));
    accounts.db.set(table, (&pk, text(sk)), "timeline", text("another")).await;
    accounts.apply(1, None, (0, 5)).await.unwrap();
    let items = ["whole", "none", "within", "elsewhere", "whole"].map(statement);
    let items: Vec<_> = items.into_iter().chain([key(1).into()]).collect();
    accounts.db.recorder().clear();
    let versions = accounts.checkpoints_of("own").versions(&items).await.unwrap();
    assert_eq!(versions.into_iter().map(StreamVersion::get).collect::<Vec<_>>(), [12, 0, 1, 0, 12, 5]);
    assert_eq!(accounts.db.recorder().count("Query"), 4, "one for each distinct partition");
}
