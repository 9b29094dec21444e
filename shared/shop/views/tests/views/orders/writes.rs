//! Tests writes: each is one conditional request with the expected effect on the view.

use es_core::{Applied, StreamVersion, ViewWriter};
use uuid::Uuid;
use view_store::Change;
use views::OrderView;

use crate::support::{Table, at, line, moved, opened, stream};

const ORDER: u128 = 7;

async fn apply(table: &Table, change: &Change<OrderView>, after: u64, to: u64) -> Applied {
    let (after, to) = (StreamVersion::new(after), StreamVersion::new(to));
    table.views.apply(&stream(ORDER), change, after, to).await.unwrap()
}

const fn checkpoint(version: u64) -> StreamVersion {
    StreamVersion::new(version)
}

#[tokio::test]
async fn the_view_shows_every_field_of_a_change() {
    let table = Table::new().await;
    assert_eq!(table.get(ORDER).await, None);
    table.open(ORDER, &opened(ORDER, "user-1", at(1_000_000))).await;
    let view = OrderView {
        order_id: Uuid::from_u128(ORDER),
        version: checkpoint(1),
        user_id: "user-1".to_owned(),
        status: "pending".to_owned(),
        items: vec![line("coffee-beans-1kg"), line("grinder-burrs"), line("日本茶")],
        total_amount_cents: 7_500,
        currency: "EUR".to_owned(),
        confirmed_by: None,
        tracking_number: None,
        carrier: None,
        cancel_reason: None,
        created_at: at(1_000_000),
        updated_at: at(1_000_000),
    };
    assert_eq!(table.get(ORDER).await, Some(view));
}

#[tokio::test]
async fn a_later_change_keeps_the_other_fields() {
    let table = Table::new().await;
    table.open(ORDER, &opened(ORDER, "user-1", at(1))).await;
    let before = table.get(ORDER).await.unwrap();
    let shipped = moved(ORDER, "shipped", at(2))
        .set(OrderView::TRACKING_NUMBER, "DE-123456")
        .set(OrderView::CARRIER, "DHL");
    assert_eq!(apply(&table, &shipped, 1, 3).await, Applied::Written);
    let expected = OrderView {
        version: checkpoint(3),
        status: "shipped".to_owned(),
        tracking_number: Some("DE-123456".to_owned()),
        carrier: Some("DHL".to_owned()),
        updated_at: at(2),
        ..before
    };
    assert_eq!(table.get(ORDER).await, Some(expected));
}

#[tokio::test]
async fn an_empty_change_moves_only_the_checkpoint() {
    let table = Table::new().await;
    table.open(ORDER, &Change::default()).await;
    assert_eq!(table.get(ORDER).await, None, "a checkpoint without an opening is not a view");
    assert_eq!(apply(&table, &opened(ORDER, "user-1", at(1)), 1, 2).await, Applied::Written);
    let view = table.get(ORDER).await.unwrap();
    assert_eq!(apply(&table, &Change::default(), 2, 5).await, Applied::Written);
    assert_eq!(table.get(ORDER).await, Some(OrderView { version: checkpoint(5), ..view }));
}

/// The table and each index entry take one unit. A new `status_key` takes two units in its index, because it removes
/// one entry and adds another.
#[tokio::test]
async fn a_write_costs_one_request_of_three_or_four_units() {
    let table = Table::new().await;
    table.open(ORDER, &opened(ORDER, "user-00000000-0000", at(1_790_000_000_000_000))).await;
    assert!((table.db.recorder().write_units() - 3.0).abs() < f64::EPSILON);
    assert_eq!(table.requests(), ["UpdateItem"]);

    apply(&table, &moved(ORDER, "confirmed", at(1_790_000_000_000_001)), 1, 2).await;
    assert!((table.db.recorder().write_units() - 4.0).abs() < f64::EPSILON);
    assert_eq!(table.requests(), ["UpdateItem"]);

    apply(&table, &moved(ORDER, "confirmed", at(2)), 1, 2).await;
    assert_eq!(table.requests(), ["UpdateItem"], "a refused write needs no second request");
}

#[tokio::test]
async fn a_get_costs_one_request_of_half_a_unit() {
    let table = Table::new().await;
    table.open(ORDER, &opened(ORDER, "user-1", at(1))).await;
    table.requests();
    table.get(ORDER).await.unwrap();
    assert!((table.db.recorder().read_units() - 0.5).abs() < f64::EPSILON);
    assert_eq!(table.requests(), ["GetItem"]);
}
