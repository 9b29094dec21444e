//! Tests the pages of a search and their costs.

use view_store::{ListError, PageLimit};
use views::{SearchFilter, search_orders};

use super::fixture::{Order, SearchFixture, ids, order, search};
use crate::support::at;

/// Orders 1 to `count` of one product. Every tenth order belongs to user-1.
fn orders(count: u128) -> Vec<Order> {
    let user = |id| if id % 10 == 0 { "user-1" } else { "user-2" };
    (1..=count).map(|id| order(id, user(id), "kettle")).collect()
}

#[tokio::test]
async fn a_page_costs_one_query_and_one_batch_of_views() {
    let fixture = SearchFixture::with(&orders(60)).await;
    let page = fixture.page(&search("kettle"), 20, None).await;
    assert_eq!(ids(&page), (41..=60).rev().collect::<Vec<_>>());
    assert_eq!(fixture.db.recorder().requests(), ["Query", "BatchGetItem"]);
    assert!(
        fixture.db.recorder().read_units() <= 21.0,
        "half a unit per view for twice the page, and the postings"
    );
}

#[tokio::test]
async fn cursors_page_through_all_orders() {
    let fixture = SearchFixture::with(&orders(45)).await;
    let first = fixture.page(&search("kettle user"), 20, None).await;
    let second = fixture.page(&search("USER kettle"), 20, Some(&first)).await;
    let third = fixture.page(&search("kettle user"), 20, Some(&second)).await;
    let found: Vec<_> = [&first, &second, &third].into_iter().flat_map(ids).collect();
    assert_eq!(found, (1..=45).rev().collect::<Vec<_>>());
    assert_eq!(third.next, None);
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_own_search_only() {
    let fixture = SearchFixture::with(&orders(5)).await;
    let cursor = fixture.page(&search("kettle"), 2, None).await.next.unwrap();
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
        let refused = search_orders(&fixture.views, &filter, PageLimit::default(), Some(&cursor)).await;
        assert!(matches!(refused, Err(ListError::Cursor(_))), "{filter:?}");
    }
}

#[tokio::test]
async fn a_search_within_a_users_orders_reads_no_other_orders() {
    let fixture = SearchFixture::with(&orders(60)).await;
    let filter = SearchFilter { user_id: Some("user-1".to_owned()), ..search("kettle") };
    assert_eq!(ids(&fixture.page(&filter, 20, None).await), [60, 50, 40, 30, 20, 10]);
    assert_eq!(fixture.db.recorder().requests(), ["Query"]);
    assert!(fixture.db.recorder().read_units() < 1.1, "the six views have less than 300 bytes each");
}

#[tokio::test]
async fn a_status_leads_only_if_every_term_is_a_status() {
    let mut all = orders(60);
    all.iter_mut().step_by(2).for_each(|order| order.status = "shipped".to_owned());
    let fixture = SearchFixture::with(&all).await;
    let page = fixture.page(&search("delivered to"), 20, None).await;
    assert_eq!(ids(&page), []);
    assert_eq!(fixture.db.recorder().requests(), ["Query"], "the search reads the postings of the term `to`");
    fixture.db.recorder().clear();

    let mut newest_first: Vec<_> = (1..=59).step_by(2).collect();
    newest_first.reverse();
    let first = fixture.page(&search("shipped"), 20, None).await;
    let requests = fixture.db.recorder().requests();
    assert_eq!(
        requests[..5],
        ["Query"; 5],
        "the search reads four shards of the status and the postings, which are empty"
    );
    assert!(requests.len() < 9, "the second round reads only the shards with unread orders: {requests:?}");
    assert!(fixture.db.recorder().read_units() <= 20.0, "half a unit per view for twice the page");
    let second = fixture.page(&search("shipped"), 20, Some(&first)).await;
    assert_eq!([ids(&first), ids(&second)].concat(), newest_first);
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn the_work_for_a_page_is_limited_and_a_short_page_has_a_cursor() {
    let mut all = orders(800);
    all[2].total = 7;
    let fixture = SearchFixture::with(&all).await;
    let filter = SearchFilter { max_total: Some(7), ..search("kettle") };
    let page = fixture.page(&filter, 20, None).await;
    assert_eq!(ids(&page), []);
    assert_eq!(fixture.db.recorder().requests().len(), 16, "eight rounds of two requests");
    let rest = fixture.page(&filter, 20, Some(&page)).await;
    assert_eq!((ids(&rest), rest.next), (vec![3], None));
}

#[tokio::test]
async fn an_order_without_a_view_is_not_found() {
    let fixture = SearchFixture::with(&orders(2)).await;
    fixture.index(&order(3, "user-2", "kettle")).await;
    assert_eq!(fixture.find("kettle").await, [2, 1]);
}

#[tokio::test]
async fn an_empty_range_sends_no_request() {
    let fixture = SearchFixture::with(&orders(2)).await;
    let filter = SearchFilter { from: Some(at(2)), to: Some(at(1)), ..search("kettle") };
    assert_eq!(ids(&fixture.page(&filter, 20, None).await), []);
    assert!(fixture.db.recorder().requests().is_empty());
}
