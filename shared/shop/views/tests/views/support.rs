//! The test world of the order views: a query table, and changes of orders.

use std::sync::Mutex;

use es_core::{Applied, Category, StreamChange, StreamId, StreamVersion, Timestamp, ViewWriter, WriteError};
use testing::dynamodb::LocalDynamoDb;
use uuid::Uuid;
use view_store::{Change, PageLimit};
use views::{DynamoOrderViews, OrderFilter, OrderLine, OrderScope, OrderView};

/// A DynamoDB with an empty query table.
pub(crate) struct Table {
    pub(crate) db: LocalDynamoDb,
    pub(crate) name: String,
    pub(crate) views: DynamoOrderViews,
}

impl Table {
    pub(crate) async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let name = db.query_table().await;
        let views = DynamoOrderViews::new(db.client(), &name);
        Self { db, name, views }
    }

    /// Writes the first version of `order`.
    pub(crate) async fn open(&self, order: u128, change: &Change<OrderView>) {
        let (none, first) = (StreamVersion::NONE, StreamVersion::new(1));
        let applied = self.views.apply(&stream(order), change, none, first).await.unwrap();
        assert_eq!(applied, Applied::Written);
    }

    pub(crate) async fn get(&self, order: u128) -> Option<OrderView> {
        self.views.get(&stream(order)).await.unwrap()
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        requests(&self.db)
    }
}

/// The requests to `db` since the last call.
pub(crate) fn requests(db: &LocalDynamoDb) -> Vec<String> {
    let requests = db.recorder().requests();
    db.recorder().clear();
    requests
}

/// A change of an order: the order's number, the change, and the versions before and after.
pub(crate) type OrderChange<C> = (u128, C, u64, u64);

/// The result of each of `changes` that are applied in one call; `None` without a result.
pub(crate) async fn apply_all<C>(
    writer: &impl ViewWriter<C>,
    changes: &[OrderChange<C>],
) -> Vec<Option<Result<Applied, WriteError>>> {
    let streams: Vec<_> = changes.iter().map(|(order, ..)| stream(*order)).collect();
    let changes = streams.iter().zip(changes).map(|(stream, (_, change, after, to))| StreamChange {
        stream,
        change,
        after: StreamVersion::new(*after),
        to: StreamVersion::new(*to),
    });
    let changes: Vec<_> = changes.collect();
    let results = Mutex::new(changes.iter().map(|_| None).collect::<Vec<_>>());
    let report = |index: usize, result| {
        let earlier = results.lock().unwrap()[index].replace(result);
        assert!(earlier.is_none(), "a change must have one result");
    };
    writer.apply_all(&changes, &report).await;
    results.into_inner().unwrap()
}

/// The stream of `order`.
pub(crate) fn stream(order: u128) -> StreamId {
    StreamId::new(Category::new("order"), Uuid::from_u128(order))
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

pub(crate) fn line(product: &str) -> OrderLine {
    OrderLine { product_id: product.to_owned(), name: None, quantity: 2, unit_price_cents: 1_250 }
}

/// The change that opens `order` with three items.
pub(crate) fn opened(order: u128, user: &str, created_at: Timestamp) -> Change<OrderView> {
    let order = Uuid::from_u128(order);
    OrderView::opened(moved(order.as_u128(), "pending", created_at), order, user, created_at)
        .set(OrderView::ITEMS, &vec![line("coffee-beans-1kg"), line("grinder-burrs"), line("日本茶")])
        .set(OrderView::TOTAL_AMOUNT_CENTS, &7_500)
        .set(OrderView::CURRENCY, "EUR")
}

/// The change that moves `order` to `status`.
pub(crate) fn moved(order: u128, status: &str, updated_at: Timestamp) -> Change<OrderView> {
    let change = Change::default().set(OrderView::UPDATED_AT, &updated_at);
    OrderView::moved(change, Uuid::from_u128(order), status)
}

pub(crate) fn user(user_id: &str, status: Option<&str>) -> OrderFilter {
    let scope = OrderScope::User { user_id: user_id.to_owned(), status: status.map(str::to_owned) };
    OrderFilter { scope, from: None, to: None }
}

pub(crate) fn statuses(statuses: &[&str]) -> OrderFilter {
    let scope = OrderScope::Statuses(statuses.iter().map(|status| (*status).to_owned()).collect());
    OrderFilter { scope, from: None, to: None }
}

pub(crate) fn limit(limit: u8) -> PageLimit {
    limit.try_into().unwrap()
}
