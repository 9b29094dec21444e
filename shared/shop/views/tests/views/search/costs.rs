//! Counts the requests and read units of the first page of lists and searches, in shops of several sizes.

use views::{SearchFilter, list_orders};

use super::any_search::all_pages;
use super::fixture::{Order, SearchFixture, line, order, search};
use crate::support::{limit, statuses, user};

/// The statuses of a list of all orders.
const ALL: [&str; 5] = ["pending", "confirmed", "shipped", "delivered", "cancelled"];

/// The order `id` of a shop in which every order has a kettle. Every second order also has green tea and every other one
/// black tea, every hundredth order has a rare cup, and the order 7 a unique product. The newest orders are pending, and
/// every other one of the older orders is shipped or delivered.
fn sold(id: u128, count: u128) -> Order {
    let mut lines = vec![line("kettle-gooseneck", Some("Kettle"))];
    lines.push(if id.is_multiple_of(2) { line("green-tea", None) } else { line("black-tea", None) });
    lines.extend(id.is_multiple_of(100).then(|| line("cup", Some("Raku"))));
    lines.extend((id == 7).then(|| line("unique", None)));
    let is_shipped = id + 50 < count;
    let parcel = is_shipped.then(|| (format!("JJD{id:015}"), "DHL".to_owned()));
    let status = match (is_shipped, id % 20) {
        (false, _) => "pending",
        (true, 0) => "shipped",
        (true, _) => "delivered",
    };
    Order { lines, parcel, status: status.to_owned(), ..order(id, &format!("user-{:04}", id % 50), "") }
}

/// A search, and the most read units and requests of its first page of 20 orders in a shop of any size.
fn searches() -> Vec<(&'static str, SearchFilter, f64, usize)> {
    let of_user = SearchFilter { user_id: Some("user-0010".to_owned()), ..search("kettle") };
    let delivered = SearchFilter { status: Some("delivered".to_owned()), ..search("kettle") };
    vec![
        ("one word", search("kettle"), 10.5, 2),
        ("two words of every order", search("kettle gooseneck"), 11.0, 3),
        ("a word of every second order", search("green kettle"), 11.5, 4),
        ("two words that never meet", search("green black"), 15.0, 11),
        ("a word of every hundredth order", search("raku"), 11.0, 4),
        ("a rare and a common word", search("raku kettle"), 15.0, 11),
        ("the word of one order", search("unique"), 1.0, 2),
        ("the word of one order and a common word", search("unique kettle"), 2.0, 4),
        ("the tracking number of a recent order", search("JJD000000000000945"), 15.0, 10),
        ("a user and a common word", search("user-0010 green"), 15.0, 12),
        ("a status", search("delivered"), 15.0, 40),
        ("a status and a common word", search("delivered kettle"), 15.0, 6),
        ("a common word with the status delivered", delivered, 15.0, 6),
        ("one letter", search("k"), 15.0, 40),
        ("a common word of one user", of_user, 15.0, 2),
    ]
}

/// Counts and checks every query in a shop of `count` orders.
async fn assert_costs(count: u128) {
    let fixture = SearchFixture::new().await;
    for id in 1..=count {
        let order = sold(id, count);
        fixture.view(&order).await;
        fixture.index(&order).await;
    }
    let recorder = fixture.db.recorder();
    let check = |name: &str, found: usize, units: f64, requests: usize| {
        let (read, sent) = (recorder.read_units(), recorder.requests());
        assert!(read <= units, "{name}: {read} units, not {units}: {sent:?}, {found} found");
        assert!(sent.len() <= requests, "{name}: {sent:?}, {found} found");
        recorder.clear();
    };
    recorder.clear();
    for (name, filter, units, requests) in searches() {
        let page = fixture.page(&filter, 20, None).await;
        check(name, page.orders.len(), units, requests);
    }
    let lists = [
        ("the list of a user", user("user-0010", None), 5.0, 1),
        ("the list of a user and a status", user("user-0010", Some("shipped")), 15.0, 2),
        ("the list of a status", statuses(&["delivered"]), 15.0, 12),
        ("the list of all orders", statuses(&ALL), 15.0, 32),
    ];
    for (name, filter, units, requests) in lists {
        let page = list_orders(&fixture.views, &filter, limit(20), None).await.unwrap();
        check(name, page.orders.len(), units, requests);
    }
}

#[tokio::test]
async fn a_page_costs_at_most_fifteen_units_whatever_the_size_of_the_shop() {
    for count in [1_000, 5_000] {
        assert_costs(count).await;
    }
}

/// Prints the figures of decision 92 with `--nocapture`. The large shop takes minutes.
#[tokio::test]
#[ignore = "takes minutes; --ignored runs it"]
async fn the_growth_from_a_thousand_to_a_hundred_thousand_orders() {
    for count in [1_000, 10_000, 100_000] {
        assert_costs(count).await;
    }
}

/// Each page of a search is bounded, and all pages together find every match.
#[tokio::test]
async fn short_pages_together_find_every_match() {
    let orders: Vec<_> = (1..=1_000).map(|id| sold(id, 1_000)).collect();
    let fixture = SearchFixture::with(&orders).await;
    for (q, expected) in [
        ("green black", Vec::new()),
        ("JJD000000000000010", vec![10]),
        ("raku green kettle", (1..=10).rev().map(|hundred| hundred * 100).collect()),
        ("unique kettle", vec![7]),
        ("user-0010 kettle", (0..20).rev().map(|turn| turn * 50 + 10).collect()),
    ] {
        assert_eq!(all_pages(&fixture, &search(q), 20).await, expected, "{q}");
    }
}
