//! Tests the pages of a search and their costs.

use view_store::{ListError, PageLimit};
use views::{IndexedWords, PostedOrder, SearchFilter, WordSource, search_orders};

use super::any_search::all_pages;
use super::fixture::{Order, SearchFixture, ids, line, order, search};
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
    let units = fixture.db.recorder().read_units();
    assert!((units - 10.5).abs() < 0.1, "{units}: half a unit per view, and half a unit for forty postings");
}

/// The orders have postings with the prefix of the term, but none has the term. The rounds read more and more postings,
/// until the page has used its rounds or no posting is left.
#[tokio::test]
async fn a_search_that_finds_nothing_reads_more_in_each_round() {
    let fixture = SearchFixture::new().await;
    for order in orders(1_600) {
        fixture.index(&order).await;
    }
    let recorder = fixture.db.recorder();
    for (limit, expected) in [(1, (13.0, 10)), (50, (19.5, 7))] {
        recorder.clear();
        assert_eq!(ids(&fixture.page(&search("kettles"), limit, None).await), [0; 0]);
        assert_eq!((recorder.read_units(), recorder.requests().len()), expected, "pages of {limit} orders");
    }
}

/// Ten orders of the page are known to have both words, and the postings of the common word say it of the other ten. No
/// view is read before, so none is read in vain.
#[tokio::test]
async fn postings_confirm_the_orders_of_a_page_before_views_are_read() {
    let all: Vec<_> = (1..=300)
        .map(|id| order(id, "user-1", if id % 4 == 0 { "kettle-saucer" } else { "kettle" }))
        .collect();
    let fixture = SearchFixture::with(&all).await;
    let page = fixture.page(&search("saucer kettle"), 20, None).await;
    assert_eq!(ids(&page), (56..=75).rev().map(|fourth| fourth * 4).collect::<Vec<_>>());
    let recorder = fixture.db.recorder();
    assert_eq!(recorder.requests(), ["Query", "Query", "Query", "BatchGetItem"]);
    let units = recorder.read_units();
    assert!((units - 11.5).abs() < 0.1, "{units}: half a unit per view, and half a unit for each query");
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
        SearchFilter { currency: Some("EUR".to_owned()), ..search("kettle") },
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
    let page = fixture.page(&search("delivered tea"), 20, None).await;
    assert_eq!(ids(&page), []);
    assert_eq!(
        fixture.db.recorder().requests(),
        ["Query"],
        "the search reads the postings of the term `tea`"
    );
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
    let (mut found, mut pages, mut page) = (Vec::new(), 0, None);
    loop {
        fixture.db.recorder().clear();
        let next = fixture.page(&filter, 20, page.as_ref()).await;
        let (units, requests) = (fixture.db.recorder().read_units(), fixture.db.recorder().requests());
        assert!(units <= 15.0 && requests.len() <= 6, "{units} units, {requests:?}");
        found.extend(ids(&next));
        pages += 1;
        if next.next.is_none() {
            break;
        }
        page = Some(next);
    }
    assert_eq!((found, pages), (vec![3], 28), "each page checks 29 orders");
}

/// The first request for postings is as large as those for the four shards of the status. The second one reads as many
/// postings as the rest of the budget pays, if each posting costs a read of its view.
#[tokio::test]
async fn the_postings_of_a_status_are_read_as_far_as_the_budget_pays() {
    for (limit, read) in [(20, 8 + 12), (22, 12 + 4)] {
        let product = |id| if id <= 2 { "shippedcup" } else { "shirt" };
        let all: Vec<_> = (1..=read + 1).map(|id| order(id, "u", product(id))).collect();
        let fixture = SearchFixture::with(&all).await;
        let first = fixture.page(&search("shipped"), limit, None).await;
        assert_eq!(ids(&first), [2], "a page of {limit} orders reads {read} postings");
        let second = fixture.page(&search("shipped"), limit, Some(&first)).await;
        assert_eq!((ids(&second), second.next), (vec![1], None));
    }
}

/// Only terms of three or more characters have postings of their own.
#[tokio::test]
async fn a_search_for_short_terms_reads_the_views_of_all_orders() {
    let mut all = orders(60);
    all[29].lines = vec![line("tea", None)];
    let fixture = SearchFixture::with(&all).await;
    let page = fixture.page(&search("ke"), 20, None).await;
    assert_eq!(ids(&page), (41..=60).rev().collect::<Vec<_>>());
    let requests = fixture.db.recorder().requests();
    assert!(requests.iter().all(|request| request == "Query"), "{requests:?}");
    assert!(requests.len() <= 32, "sixteen shards in the first round: {requests:?}");
    assert!(fixture.db.recorder().read_units() <= 40.0, "{}", fixture.db.recorder().read_units());

    fixture.db.recorder().clear();
    let (mut found, mut page) = (Vec::new(), None);
    loop {
        let next = fixture.page(&search("t"), 20, page.as_ref()).await;
        found.extend(ids(&next));
        if next.next.is_none() {
            break;
        }
        page = Some(next);
    }
    assert_eq!(found, [30], "a rare short term is found too");
    let shipped = SearchFilter { status: Some("shipped".to_owned()), ..search("ke") };
    assert_eq!(ids(&fixture.page(&shipped, 20, None).await), []);
}

#[tokio::test]
async fn a_search_for_a_short_and_a_long_term_reads_the_postings_of_the_long_one() {
    let fixture = SearchFixture::with(&orders(5)).await;
    assert_eq!(fixture.find("us kettle").await, [5, 4, 3, 2, 1]);
    assert_eq!(fixture.db.recorder().requests(), ["Query", "BatchGetItem"]);
}

#[tokio::test]
async fn a_currency_selects_the_orders_whose_totals_are_compared() {
    let yen = |id| Order { currency: "JPY".to_owned(), ..order(id, "u", "kettle") };
    let fixture =
        SearchFixture::with(&[order(1, "u", "kettle"), yen(2), Order { total: 900, ..yen(3) }]).await;
    let found = async |currency: &str, min_total| {
        let currency = Some(currency.to_owned());
        ids(&fixture.page(&SearchFilter { currency, min_total, ..search("kettle") }, 20, None).await)
    };
    assert_eq!(found("EUR", None).await, [1]);
    assert_eq!(found("JPY", None).await, [3, 2]);
    assert_eq!(found("JPY", Some(101)).await, [3]);
    assert_eq!(found("EUR", Some(101)).await, []);
}

#[tokio::test]
async fn an_order_without_a_view_is_not_found() {
    let fixture = SearchFixture::with(&orders(2)).await;
    fixture.index(&order(3, "user-2", "kettle")).await;
    assert_eq!(fixture.find("kettle").await, [2, 1]);
}

/// Order 3 also has postings under a wrong earlier and a wrong later time.
#[tokio::test]
async fn an_order_with_several_postings_is_found_once_at_its_place() {
    let fixture = SearchFixture::with(&orders(6)).await;
    let moved = order(3, "user-2", "kettle");
    let words = IndexedWords::from_opening(&moved.user, &moved.lines);
    for micros in [1, 2, 5, 6] {
        let posted = PostedOrder { created_at: at(micros), ..moved.posted() };
        fixture.postings.put(posted, WordSource::Opening, &words).await.unwrap();
    }
    for limit in [1, 2, 3, 4, 100] {
        let found = all_pages(&fixture, &search("kettle"), limit).await;
        assert_eq!(found, [6, 5, 4, 3, 2, 1], "with {limit} orders on a page");
    }
}

#[tokio::test]
async fn an_empty_range_sends_no_request() {
    let fixture = SearchFixture::with(&orders(2)).await;
    let filter = SearchFilter { from: Some(at(2)), to: Some(at(1)), ..search("kettle") };
    assert_eq!(ids(&fixture.page(&filter, 20, None).await), []);
    assert!(fixture.db.recorder().requests().is_empty());
}

/// An order has two postings with the same prefix, one of its opening and one of its shipment. A request for postings may
/// end between them.
#[tokio::test]
async fn an_order_whose_two_postings_are_read_apart_is_found() {
    let parcel = |id: u128| (id <= 60).then(|| (format!("{id}"), "DHL".to_owned()));
    let all: Vec<_> =
        (1..=61).map(|id| Order { parcel: parcel(id), ..order(id, "user-2", "dhlcup") }).collect();
    let fixture = SearchFixture::with(&all).await;
    for limit in [7, 20, 100] {
        let found = all_pages(&fixture, &search("dhlcup"), limit).await;
        assert_eq!(found, (1..=61).rev().collect::<Vec<_>>(), "with {limit} orders on a page");
    }
    assert_eq!(all_pages(&fixture, &search("dhlcup dhl user"), 20).await.len(), 61);
}

/// The requests for postings can end at the shipment's posting of an order that was found already.
#[tokio::test]
async fn an_order_at_the_end_of_a_read_is_found_once() {
    let parcel = |id: u128| Some((format!("JJD{id:05}"), "DHL".to_owned()));
    let all: Vec<_> =
        (1..=60).map(|id| Order { parcel: parcel(id), ..order(id, "user-2", "kettle") }).collect();
    let fixture = SearchFixture::with(&all).await;
    for id in 15..=30 {
        for limit in [1, 2] {
            let found = all_pages(&fixture, &search(&format!("jjd{id:05} dhl")), limit).await;
            assert_eq!(found, [id], "with {limit} orders on a page");
        }
    }
}
