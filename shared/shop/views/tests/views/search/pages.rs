//! Pages of a search, and what they cost.

use view_store::{ListError, PageLimit};
use views::{SearchFilter, search_orders};

use super::shelf::{Order, Shelf, ids, order, search};
use crate::support::at;

/// Orders 1 to `count` of one product, of which every tenth is user-1's.
fn orders(count: u128) -> Vec<Order> {
    let user = |id| if id % 10 == 0 { "user-1" } else { "user-2" };
    (1..=count).map(|id| order(id, user(id), "kettle")).collect()
}

#[tokio::test]
async fn a_page_is_one_query_and_one_batch_of_views() {
    let shelf = Shelf::with(&orders(60)).await;
    let page = shelf.page(&search("kettle"), 20, None).await;
    assert_eq!(ids(&page), (41..=60).rev().collect::<Vec<_>>());
    assert_eq!(shelf.db.recorder().requests(), ["Query", "BatchGetItem"]);
    assert!(
        shelf.db.recorder().read_units() <= 21.0,
        "twice the page at half a unit a view, and the postings"
    );
}

#[tokio::test]
async fn cursors_lead_through_all_pages() {
    let shelf = Shelf::with(&orders(45)).await;
    let first = shelf.page(&search("kettle user"), 20, None).await;
    let second = shelf.page(&search("USER kettle"), 20, Some(&first)).await;
    let third = shelf.page(&search("kettle user"), 20, Some(&second)).await;
    let found: Vec<_> = [&first, &second, &third].into_iter().flat_map(ids).collect();
    assert_eq!(found, (1..=45).rev().collect::<Vec<_>>());
    assert_eq!(third.next, None);
}

#[tokio::test]
async fn a_cursor_is_of_one_search() {
    let shelf = Shelf::with(&orders(5)).await;
    let cursor = shelf.page(&search("kettle"), 2, None).await.next.unwrap();
    let others = [
        search("kettle user"),
        SearchFilter { user_id: Some("user-1".to_owned()), ..search("kettle") },
        SearchFilter { status: Some("user-1".to_owned()), ..search("kettle") },
        SearchFilter { min_total: Some(1), ..search("kettle") },
        SearchFilter { max_total: Some(1), ..search("kettle") },
        SearchFilter { from: Some(at(1)), ..search("kettle") },
        SearchFilter { to: Some(at(1)), ..search("kettle") },
    ];
    for filter in others {
        let refused = search_orders(&shelf.views, &filter, PageLimit::default(), Some(&cursor)).await;
        assert!(matches!(refused, Err(ListError::Cursor(_))), "{filter:?}");
    }
}

#[tokio::test]
async fn the_search_for_a_users_orders_reads_nobody_elses() {
    let shelf = Shelf::with(&orders(60)).await;
    let filter = SearchFilter { user_id: Some("user-1".to_owned()), ..search("kettle") };
    assert_eq!(ids(&shelf.page(&filter, 20, None).await), [60, 50, 40, 30, 20, 10]);
    assert_eq!(shelf.db.recorder().requests(), ["Query"]);
    assert!(shelf.db.recorder().read_units() < 1.1, "six views below 300 bytes");
}

#[tokio::test]
async fn a_status_leads_only_where_no_other_word_does() {
    let mut all = orders(60);
    all.iter_mut().step_by(2).for_each(|order| order.status = "shipped".to_owned());
    let shelf = Shelf::with(&all).await;
    let page = shelf.page(&search("delivered to"), 20, None).await;
    assert_eq!(ids(&page), []);
    assert_eq!(shelf.db.recorder().requests(), ["Query"], "the postings of to");
    shelf.db.recorder().clear();

    let mut newest_first: Vec<_> = (1..=59).step_by(2).collect();
    newest_first.reverse();
    let first = shelf.page(&search("shipped"), 20, None).await;
    let requests = shelf.db.recorder().requests();
    assert_eq!(requests[..5], ["Query"; 5], "four shards and the postings, of which there are none");
    assert!(requests.len() < 9, "only the shards that were not read far enough are read on: {requests:?}");
    assert!(shelf.db.recorder().read_units() <= 20.0, "twice the page at half a unit a view");
    let second = shelf.page(&search("shipped"), 20, Some(&first)).await;
    assert_eq!([ids(&first), ids(&second)].concat(), newest_first);
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn the_work_for_a_page_is_bounded_and_a_short_page_goes_on() {
    let mut all = orders(800);
    all[2].total = 7;
    let shelf = Shelf::with(&all).await;
    let filter = SearchFilter { max_total: Some(7), ..search("kettle") };
    let page = shelf.page(&filter, 20, None).await;
    assert_eq!(ids(&page), []);
    assert_eq!(shelf.db.recorder().requests().len(), 16, "eight rounds");
    let rest = shelf.page(&filter, 20, Some(&page)).await;
    assert_eq!((ids(&rest), rest.next), (vec![3], None));
}

#[tokio::test]
async fn an_order_without_a_view_is_not_found_yet() {
    let shelf = Shelf::with(&orders(2)).await;
    shelf.index(&order(3, "user-2", "kettle")).await;
    assert_eq!(shelf.find("kettle").await, [2, 1]);
}

#[tokio::test]
async fn an_empty_range_is_not_asked_for() {
    let shelf = Shelf::with(&orders(2)).await;
    let filter = SearchFilter { from: Some(at(2)), to: Some(at(1)), ..search("kettle") };
    assert_eq!(ids(&shelf.page(&filter, 20, None).await), []);
    assert!(shelf.db.recorder().requests().is_empty());
}
