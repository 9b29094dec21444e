//! Tests the cursors of order lists.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use view_store::{Cursor, CursorError, ListError};
use views::{OrderFilter, list_orders};

use crate::support::{Table, at, limit, opened, statuses, user};

async fn table_of_three() -> Table {
    let table = Table::new().await;
    for order in 1..=3 {
        table.open(order, &opened(order, "user-1", at(1))).await;
    }
    table
}

async fn cursor(table: &Table, filter: &OrderFilter) -> Cursor {
    list_orders(&table.views, filter, limit(1), None).await.unwrap().next.unwrap()
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused_before_any_request() {
    let table = table_of_three().await;
    let filter = user("user-1", None);
    let cursor = cursor(&table, &filter).await;
    table.requests();
    let others = [
        user("user-2", None),
        user("user-1", Some("pending")),
        statuses(&["user-1"]),
        statuses(&["user", "user-1"]),
        OrderFilter { from: Some(at(0)), ..filter.clone() },
        OrderFilter { to: Some(at(0)), ..filter.clone() },
    ];
    for other in others {
        let refused = list_orders(&table.views, &other, limit(1), Some(&cursor)).await.unwrap_err();
        assert!(matches!(refused, ListError::Cursor(CursorError::OtherFilter)), "{other:?}");
    }
    assert!(table.requests().is_empty());
    assert!(
        list_orders(&table.views, &filter, limit(7), Some(&cursor)).await.is_ok(),
        "a cursor is valid for any limit"
    );
}

#[tokio::test]
async fn a_forged_cursor_stays_within_the_callers_own_list() {
    let table = Table::new().await;
    for order in 1..=3 {
        table.open(order, &opened(order, "user-1", at(i64::try_from(order).unwrap()))).await;
    }
    table.open(4, &opened(4, "user-2", at(1))).await;
    for (to, expected) in [(None, vec![3, 2, 1]), (Some(at(3)), vec![2, 1])] {
        let filter = OrderFilter { to, ..user("user-1", None) };
        let text = cursor(&table, &filter).await.to_string();
        let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        // 2 ** 57 microseconds is later than every order and before the year 9999.
        bytes[9..17].copy_from_slice(&(1_i64 << 57).to_be_bytes());
        let forged: Cursor = URL_SAFE_NO_PAD.encode(&bytes).parse().unwrap();
        let page = list_orders(&table.views, &filter, limit(20), Some(&forged)).await.unwrap();
        let found: Vec<_> = page.orders.iter().map(|order| order.order_id.as_u128()).collect();
        assert_eq!(found, expected);
    }
}
