//! Folded views: their events are folded in order, and written as a whole.

use es_core::{
    Applied, DomainEvent, IdempotencyKey, Metadata, Recorded, RequestHash, StreamVersion, Timestamp,
    ViewWriter,
};
use serde::{Deserialize, Serialize};
use view_store::{Change, Field, Fold, FoldedView, FoldedViews, StoredChange, View, Views, view_key};

use crate::account::{Accounts, stream};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
pub(crate) enum AccountEvent {
    Deposited { cents: i64 },
}

/// The two latest deposits of an account. No event has opened the view until the first deposit of at least 1.
#[derive(Debug, Clone, PartialEq, Eq, View)]
#[view(partition = "latest")]
pub(crate) struct Latest {
    version: StreamVersion,
    /// The deposits, oldest first.
    #[view(opening)]
    deposits: Vec<i64>,
}

impl FoldedView for Latest {
    type Event = AccountEvent;

    fn fold(before: Option<Self>, recorded: &Recorded<AccountEvent>) -> Option<Self> {
        let AccountEvent::Deposited { cents } = recorded.event;
        let opened = before.or((cents > 0).then(|| Self { version: recorded.version, deposits: Vec::new() }));
        opened.map(|mut view| {
            view.deposits.push(cents);
            view.deposits.drain(..view.deposits.len().saturating_sub(2));
            view
        })
    }
}

/// The same view in a list of accounts by their latest deposit.
#[derive(Debug, Clone, PartialEq, Eq, View)]
#[view(partition = "listed")]
struct Listed {
    version: StreamVersion,
    /// The latest deposit.
    #[view(opening)]
    cents: i64,
}

impl FoldedView for Listed {
    type Event = AccountEvent;

    fn fold(_: Option<Self>, recorded: &Recorded<AccountEvent>) -> Option<Self> {
        let AccountEvent::Deposited { cents } = recorded.event;
        Some(Self { version: recorded.version, cents })
    }

    fn keys(&self, whole: Change<Self>) -> Change<Self> {
        whole.set(Field::sort_key("by_deposit"), &format!("deposit#{}", self.cents))
    }
}

/// The deposits of `cents`, whose versions begin after `after`.
pub(crate) fn deposits<V: FoldedView<Event = AccountEvent>>(after: u64, cents: &[i64]) -> Fold<V> {
    let recorded = |(version, cents): (u64, &i64)| Recorded {
        stream: stream(1),
        version: StreamVersion::new(version),
        metadata: Metadata {
            occurred_at: Timestamp::MIN,
            actor: "user-1".to_owned(),
            key: IdempotencyKey::try_from("key".to_owned()).unwrap(),
            request_hash: RequestHash::from_request("POST /deposits", &serde_json::Value::Null),
            traceparent: None,
            correlation_id: "correlation".to_owned(),
            causation_id: "causation".to_owned(),
        },
        event: AccountEvent::Deposited { cents: *cents },
    };
    (after + 1..).zip(cents).map(recorded).fold(Fold::default(), |fold, recorded| fold.and(&recorded))
}

/// Folds the deposits of `cents` after the version `after` into the view of the account 1.
async fn apply<V: FoldedView<Event = AccountEvent>>(
    accounts: &Accounts,
    after: u64,
    cents: &[i64],
) -> Applied {
    let views = FoldedViews::new(accounts.db.client(), accounts.views.table.name());
    let to = StreamVersion::new(after + cents.len() as u64);
    views.apply(&stream(1), &deposits::<V>(after, cents), StreamVersion::new(after), to).await.unwrap()
}

#[tokio::test]
async fn events_are_folded_in_order_into_the_view_that_was_read() {
    let accounts = Accounts::new().await;
    let views = Views::<Latest>::new(accounts.db.client(), accounts.views.table.name());
    let read = async || views.get(&stream(1)).await.unwrap().map(|view| (view.version.get(), view.deposits));
    assert_eq!(apply::<Latest>(&accounts, 0, &[0]).await, Applied::Written);
    assert_eq!(read().await, None, "no event has opened the view");
    assert_eq!(apply::<Latest>(&accounts, 1, &[1, 2, 3]).await, Applied::Written);
    assert_eq!(read().await, Some((4, vec![2, 3])));
    assert_eq!(apply::<Latest>(&accounts, 4, &[4]).await, Applied::Written);
    assert_eq!(read().await, Some((5, vec![3, 4])));
    accounts.db.recorder().clear();
    let checkpoint = StreamVersion::new(5);
    assert_eq!(apply::<Latest>(&accounts, 3, &[9]).await, Applied::Ahead { checkpoint });
    assert_eq!(apply::<Latest>(&accounts, 6, &[9]).await, Applied::Behind { checkpoint });
    assert_eq!(accounts.db.recorder().requests(), ["GetItem"; 2], "a refused change must not be written");
    assert_eq!(read().await, Some((5, vec![3, 4])));
}

#[tokio::test]
async fn a_view_of_another_event_table_is_not_folded() {
    let accounts = Accounts::new().await;
    let (after, to) = (StreamVersion::NONE, StreamVersion::new(1));
    for (timeline, expected) in [("events", Applied::Written), ("restored", Applied::OtherTimeline)] {
        let views = Fold::<Latest>::writer(accounts.query_table(timeline));
        let applied = views.apply(&stream(1), &deposits::<Latest>(0, &[1]), after, to).await.unwrap();
        assert_eq!(applied, expected, "{timeline}");
    }
}

#[tokio::test]
async fn a_view_adds_the_keys_of_its_indexes() {
    let accounts = Accounts::new().await;
    assert_eq!(apply::<Listed>(&accounts, 0, &[7, 8]).await, Applied::Written);
    let key = view_key::<Listed>(&stream(1));
    let get = accounts.views.table.get_item().set_key(Some(key.attributes()));
    let item = accounts.views.table.call().send(get.send()).await.unwrap().item.unwrap();
    assert_eq!(item["by_deposit"], dynamo::text("deposit#8"));
    let view = Listed { version: StreamVersion::new(2), cents: 8 };
    assert_eq!(Listed::from_item(&item).unwrap(), Some(view));
}
