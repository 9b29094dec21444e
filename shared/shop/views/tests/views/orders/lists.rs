//! Tests the content, the sequence and the costs of order lists.

use es_core::{Applied, StreamVersion, ViewWriter};
use views::{OrderFilter, OrderPage, STATUS_SHARDS, list_orders};

use crate::support::{Table, at, limit, moved, opened, statuses, stream, user};

/// A table with orders 1 to `count`, opened in this sequence.
async fn orders(count: u128) -> Table {
    let table = Table::new().await;
    for order in 1..=count {
        let micros = i64::try_from(order).unwrap();
        table.open(order, &opened(order, "user-1", at(micros))).await;
    }
    table.requests();
    table
}

async fn list(table: &Table, filter: &OrderFilter, most: u8) -> OrderPage {
    list_orders(&table.views, filter, limit(most), None).await.unwrap()
}

fn ids(page: &OrderPage) -> Vec<u128> {
    page.orders.iter().map(|order| order.order_id.as_u128()).collect()
}

#[tokio::test]
async fn a_users_list_has_only_the_users_orders_newest_first() {
    let table = orders(5).await;
    table.open(9, &opened(9, "user-10", at(9))).await;
    let page = list(&table, &user("user-1", None), 20).await;
    assert_eq!((ids(&page), page.next), (vec![5, 4, 3, 2, 1], None));
    assert_eq!(ids(&list(&table, &user("user-1", None), 2).await), [5, 4]);
    assert_eq!(ids(&list(&table, &user("nobody", None), 2).await), []);
}

#[tokio::test]
async fn an_order_is_listed_under_its_current_status() {
    let table = orders(6).await;
    let (after, to) = (StreamVersion::new(1), StreamVersion::new(2));
    let applied = table.views.apply(&stream(4), &moved(4, "shipped", at(9)), after, to).await.unwrap();
    assert_eq!(applied, Applied::Written);
    assert_eq!(ids(&list(&table, &statuses(&["pending"]), 20).await), [6, 5, 3, 2, 1]);
    assert_eq!(ids(&list(&table, &statuses(&["shipped"]), 20).await), [4]);
    assert_eq!(ids(&list(&table, &statuses(&["shipped", "pending"]), 20).await), [6, 5, 4, 3, 2, 1]);
    assert_eq!(ids(&list(&table, &statuses(&["pending", "pending"]), 3).await), [6, 5, 3]);
    assert_eq!(ids(&list(&table, &statuses(&[]), 20).await), []);
    assert_eq!(ids(&list(&table, &user("user-1", Some("shipped")), 20).await), [4]);
    assert_eq!(ids(&list(&table, &user("user-1", Some("cancelled")), 20).await), []);
}

#[tokio::test]
async fn a_time_range_includes_its_start_and_excludes_its_end() {
    let table = orders(6).await;
    let between = |from, to| OrderFilter { from: Some(at(from)), to: Some(at(to)), ..user("user-1", None) };
    assert_eq!(ids(&list(&table, &between(2, 5), 20).await), [4, 3, 2]);
    let by_status = OrderFilter { from: Some(at(2)), to: Some(at(5)), ..statuses(&["pending"]) };
    assert_eq!(ids(&list(&table, &by_status, 20).await), [4, 3, 2]);
    table.requests();
    assert_eq!(ids(&list(&table, &between(5, 2), 20).await), []);
    assert_eq!(ids(&list(&table, &between(i64::MAX >> 20, 2), 20).await), []);
    assert!(table.requests().is_empty(), "an empty range needs no request");
}

#[tokio::test]
async fn a_page_of_a_users_list_costs_one_request() {
    let table = orders(30).await;
    let page = list(&table, &user("user-1", None), 10).await;
    assert!(page.next.is_some());
    assert_eq!(table.requests(), ["Query"]);
}

#[tokio::test]
async fn a_list_by_status_costs_one_request_per_shard() {
    let table = orders(40).await;
    let page = list(&table, &statuses(&["pending"]), 10).await;
    assert_eq!(page.orders.len(), 10);
    assert_eq!(table.requests().len(), usize::from(STATUS_SHARDS));
}

#[tokio::test]
async fn the_page_after_a_short_page_continues_where_it_ended() {
    let table = orders(850).await;
    let (after, to) = (StreamVersion::new(1), StreamVersion::new(2));
    table.views.apply(&stream(3), &moved(3, "shipped", at(3)), after, to).await.unwrap();
    table.requests();
    let filter = user("user-1", Some("shipped"));
    let mut page = list(&table, &filter, 20).await;
    for _ in 0..7 {
        assert_eq!(ids(&page), []);
        assert!(table.db.recorder().read_units() <= 15.0, "{} units", table.db.recorder().read_units());
        assert_eq!(table.requests(), ["Query", "Query"], "the list reads 100 and then 20 orders");
        page = list_orders(&table.views, &filter, limit(20), page.next.as_ref()).await.unwrap();
    }
    assert_eq!((ids(&page), page.next), (vec![3], None));
}

#[tokio::test]
async fn a_full_last_page_has_no_cursor() {
    let table = orders(8).await;
    for filter in [user("user-1", None), statuses(&["pending"])] {
        let page = list(&table, &filter, 8).await;
        assert_eq!((page.orders.len(), page.next), (8, None), "{filter:?}");
        assert!(list(&table, &filter, 7).await.next.is_some(), "{filter:?}");
    }
}

#[tokio::test]
async fn a_page_of_a_users_orders_with_a_status_reads_120_orders() {
    let table = orders(121).await;
    let (after, to) = (StreamVersion::new(1), StreamVersion::new(2));
    for order in [1, 2] {
        table.views.apply(&stream(order), &moved(order, "shipped", at(122)), after, to).await.unwrap();
    }
    let filter = user("user-1", Some("shipped"));
    let first = list(&table, &filter, 20).await;
    assert_eq!(ids(&first), [2], "the order 1 is the 121st");
    let second = list_orders(&table.views, &filter, limit(20), first.next.as_ref()).await.unwrap();
    assert_eq!((ids(&second), second.next), (vec![1], None));
}

#[tokio::test]
async fn a_second_round_reads_orders_of_the_same_shard() {
    let table = orders(60).await;
    let page = list(&table, &statuses(&["pending"]), 40).await;
    assert_eq!(ids(&page), (21..=60).rev().collect::<Vec<_>>());
}
