//! One conditional request a write, what becomes of the view, and how far views are.

use dynamo::{number, text};
use es_core::{Applied, StreamVersion, WriteError};
use testing::consumed_capacities;
use testing::dynamodb::Fault;
use view_store::{DynamoCheckpoints, ItemKey, ReadError};

use crate::account::{Accounts, key};

const fn ahead(version: u64) -> Applied {
    Applied::Ahead { checkpoint: StreamVersion::new(version) }
}

const fn behind(version: u64) -> Applied {
    Applied::Behind { checkpoint: StreamVersion::new(version) }
}

#[tokio::test]
async fn a_write_out_of_order_is_refused_and_tells_where_the_view_is() {
    let accounts = Accounts::new().await;
    let apply = async |balance, versions| accounts.apply(7, Some(balance), versions).await.unwrap();
    assert_eq!(apply(5, (1, 2)).await, behind(0));
    assert_eq!(accounts.read(7).await.unwrap(), None, "a refused write leaves nothing");
    assert_eq!(apply(5, (0, 1)).await, Applied::Written);
    assert_eq!(apply(6, (2, 3)).await, behind(1));
    assert_eq!(apply(6, (0, 1)).await, ahead(1));
    assert_eq!(accounts.read(7).await.unwrap(), Some((1, 5)));
    assert_eq!(apply(6, (1, 12)).await, Applied::Written);
    assert_eq!(apply(7, (1, 12)).await, ahead(12));
    assert_eq!(apply(7, (9, 10)).await, ahead(12), "12 > 9, as numbers");
    assert_eq!(accounts.read(7).await.unwrap(), Some((12, 6)));
    assert_eq!(accounts.db.recorder().count("UpdateItem"), 7, "a refusal is no second request");
}

#[tokio::test]
async fn a_change_of_nothing_moves_the_checkpoint_alone() {
    let accounts = Accounts::new().await;
    accounts.apply(7, Some(5), (0, 1)).await.unwrap();
    assert_eq!(accounts.apply(7, None, (1, 4)).await.unwrap(), Applied::Written);
    assert_eq!(accounts.read(7).await.unwrap(), Some((4, 5)));
}

#[tokio::test]
async fn a_throttle_is_told_from_a_failure_and_a_lost_answer_from_a_write() {
    let accounts = Accounts::new().await;
    accounts.db.faults().script([Fault::Throttled, Fault::NotSent, Fault::LostAnswer]);
    assert!(matches!(accounts.apply(7, Some(5), (0, 1)).await, Err(WriteError::Throttled(_))));
    assert!(matches!(accounts.apply(7, Some(5), (0, 1)).await, Err(WriteError::Unavailable(_))));
    assert!(matches!(accounts.apply(7, Some(5), (0, 1)).await, Err(WriteError::Unavailable(_))));
    assert_eq!(
        accounts.apply(7, Some(5), (0, 1)).await.unwrap(),
        ahead(1),
        "the lost answer's write is there"
    );
    accounts.db.faults().script([Fault::Throttled, Fault::NotSent]);
    assert!(matches!(accounts.read(7).await, Err(ReadError::Throttled(_))));
    assert!(matches!(accounts.read(7).await, Err(ReadError::Unavailable(_))));
}

#[tokio::test]
async fn an_item_of_the_wrong_form_is_named_with_its_attribute() {
    let accounts = Accounts::new().await;
    accounts.apply(8, None, (0, 1)).await.unwrap();
    assert_eq!(accounts.read(8).await.unwrap(), None, "a checkpoint is no view yet");
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
        let ReadError::Corrupt { item, attribute: found } = corrupt else { panic!("{corrupt}") };
        assert_eq!((item, found), (pk, attribute));
    }
}

#[tokio::test]
async fn checkpoints_come_in_the_order_of_their_keys_and_their_span_has_the_sum_of_all_batches() {
    let accounts = Accounts::new().await;
    for account in 1..=3 {
        accounts.apply(account, None, (0, u64::try_from(account).unwrap())).await.unwrap();
    }
    accounts.db.recorder().clear();
    let checkpoints = DynamoCheckpoints::new(accounts.db.client(), accounts.views.table.name());
    let keys: Vec<_> = [3, 9, 1, 3, 2].into_iter().chain(100..240).map(key).collect();
    let (versions, capacities) = consumed_capacities(checkpoints.versions(&keys)).await;
    let versions: Vec<_> = versions.unwrap().into_iter().map(StreamVersion::get).collect();
    assert_eq!(versions[..5], [3, 0, 1, 3, 2]);
    assert_eq!(versions[5..], [0; 140]);
    assert_eq!(accounts.db.recorder().requests(), ["BatchGetItem"; 2]);
    let units = accounts.db.recorder().read_units();
    assert_eq!(capacities, [("read_store.checkpoints", units)]);
    assert!(units >= 3.0, "consistent: {units} units");
    assert_eq!(checkpoints.versions(&[]).await.unwrap(), []);
}
