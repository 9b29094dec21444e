//! Tests that any search returns, over all pages, the same orders as a check of every order.

use proptest::prelude::*;
use proptest::sample::select;
use views::SearchFilter;

use super::fixture::{Order, STATUSES, SearchFixture, ids, line, order, search};
use crate::support::at;

const LONG: &str = "coffeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
const WORDS: [&str; 12] =
    ["coffee", "coffin", "cof", "kettle", "tea", "to", "Go", "teapot", "shipping", "pendant", "dhlcup", LONG];
const TERMS: [&str; 21] = [
    "coff", "cof", "co", "KETTLE", "tea", "teap", "to", "go", "ada", "dhl", "dhlc", "jjd", "ship", "SHIPPED",
    "pend", "deliv", "on", "she", "k", "pe", "coffee",
];

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let product = prop::collection::vec(select(&WORDS[..]), 1..3);
    let lines = prop::collection::vec((product, prop::option::of(select(&WORDS[..]))), 0..3);
    let facts = (
        select(&["ada", "bob"][..]),
        select(&STATUSES[..]),
        lines,
        0..4_i64,
        prop::option::of(select(&["DHL", "UPS"][..])),
        0..6_i64,
    );
    let made = facts.prop_map(|(user, status, lines, total, carrier, micros)| Order {
        status: status.to_owned(),
        lines: lines.iter().map(|(product, name)| line(&product.join("-"), *name)).collect(),
        total,
        parcel: carrier.map(|carrier| (format!("JJD-{total}"), carrier.to_owned())),
        micros,
        ..order(0, user, "")
    });
    prop::collection::vec(made, 0..20).prop_map(|mut orders| {
        for (order, id) in orders.iter_mut().zip(1..) {
            order.id = id;
        }
        orders
    })
}

fn filters() -> impl Strategy<Value = (Vec<&'static str>, SearchFilter)> {
    let text = |of: &'static [&'static str]| prop::option::weighted(0.3, select(of));
    let number = || prop::option::weighted(0.2, 0..5_i64);
    let terms = prop::collection::vec(select(&TERMS[..]), 1..4);
    let others = (text(&["ada", "bob"]), text(&STATUSES), number(), number(), number(), number());
    (terms, others).prop_map(|(terms, (user, status, min_total, max_total, from, to))| {
        let filter = SearchFilter {
            user_id: user.map(str::to_owned),
            status: status.map(str::to_owned),
            min_total,
            max_total,
            from: from.map(at),
            to: to.map(at),
            ..search(&terms.join(" "))
        };
        (terms, filter)
    })
}

/// Whether `order` matches `filter` with `terms`. The check uses only the texts of the order.
fn is_match(order: &Order, terms: &[&str], filter: &SearchFilter) -> bool {
    let mut texts = vec![order.user.clone(), order.status.clone()];
    texts.extend(
        order.lines.iter().flat_map(|line| [line.product_id.clone(), line.name.clone().unwrap_or_default()]),
    );
    texts.extend(order.parcel.iter().flat_map(|(tracking, carrier)| [tracking.clone(), carrier.clone()]));
    let text = texts.join("-").to_lowercase();
    let has = |term: &str| {
        let term = term.to_lowercase();
        text.split('-').any(|word| word.starts_with(&term))
    };
    terms.iter().all(|term| has(term))
        && filter.user_id.as_ref().is_none_or(|user| *user == order.user)
        && filter.status.as_ref().is_none_or(|status| *status == order.status)
        && (filter.min_total.unwrap_or(0)..=filter.max_total.unwrap_or(9)).contains(&order.total)
        && filter.from.is_none_or(|from| from <= at(order.micros))
        && filter.to.is_none_or(|to| at(order.micros) < to)
}

/// The orders on all pages of `filter`.
pub(super) async fn all_pages(fixture: &SearchFixture, filter: &SearchFilter, limit: u8) -> Vec<u128> {
    let mut found = Vec::new();
    let mut page = None;
    for _ in 0..100 {
        let next = fixture.page(filter, limit, page.as_ref()).await;
        assert!(next.orders.len() <= usize::from(limit));
        found.extend(ids(&next));
        if next.next.is_none() {
            return found;
        }
        page = Some(next);
    }
    panic!("more than 100 pages");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_search_equals_a_check_of_every_order(
        orders in orders(),
        searches in prop::collection::vec((filters(), 1..7_u8), 8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let fixture = SearchFixture::with(&orders).await;
            for ((terms, filter), limit) in searches {
                let mut expected: Vec<_> = orders.iter().filter(|order| is_match(order, &terms, &filter)).collect();
                expected.sort_by_key(|order| std::cmp::Reverse((order.micros, order.id)));
                let expected: Vec<_> = expected.iter().map(|order| order.id).collect();
                prop_assert_eq!(all_pages(&fixture, &filter, limit).await, expected, "{:?}", filter);
            }
            Ok(())
        })?;
    }
}
