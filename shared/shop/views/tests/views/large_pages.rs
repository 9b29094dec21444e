//! Tests that pages of any size in bytes cover each list completely, and that no page is larger than its limit.

use es_core::{StreamId, StreamVersion, ViewWriter};
use proptest::prelude::*;
use uuid::Uuid;
use view_store::{Change, PageLimit};
use views::{
    DynamoAnalytics, DynamoHistories, DynamoPostings, DynamoProductViews, HistoryChange, HistoryEvent,
    IndexedWords, OrderLine, OrderPage, OrderView, PostedOrder, ProductView, SearchFilter, WordSource,
    list_orders, list_products, search_orders,
};

use crate::analytics::fixture::{days, opened as counted};
use crate::support::{Table, at, limit, opened, statuses, stream, user};

const STATUSES: [&str; 2] = ["pending", "shipped"];

fn run<T>(world: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(world)
}

/// The ids on all pages. `page` returns the ids on the page after a cursor, and the next cursor.
async fn all_pages<C>(page: impl AsyncFn(Option<C>) -> (Vec<Uuid>, Option<C>)) -> (Vec<Uuid>, Vec<usize>) {
    let (mut found, mut lengths, mut cursor) = (Vec::new(), Vec::new(), None);
    for _ in 0..500 {
        let (ids, next) = page(cursor).await;
        lengths.push(ids.len());
        found.extend(ids);
        cursor = next;
        if cursor.is_none() {
            return (found, lengths);
        }
    }
    panic!("the list has no end");
}

fn line(name: usize) -> OrderLine {
    let name = Some("n".repeat(name));
    OrderLine { product_id: "kettle".to_owned(), name, quantity: 1, unit_price_cents: 1 }
}

/// A table with one order for each length of a product's name. Every second order is shipped.
async fn orders(names: &[usize]) -> Table {
    let table = Table::new().await;
    let postings = DynamoPostings::new(table.db.client(), &table.name);
    for (number, name) in (1_u128..).zip(names) {
        let (order, created_at) = (Uuid::from_u128(number), at(i64::try_from(number).unwrap()));
        let lines = vec![line(*name)];
        let change = opened(number, "ada", created_at).set(OrderView::ITEMS, &lines);
        let change = OrderView::moved(change, order, STATUSES[usize::from(number % 2 == 0)]);
        table.open(number, &change).await;
        let words = IndexedWords::from_opening("ada", &lines);
        postings.put(PostedOrder { order, created_at }, WordSource::Opening, &words).await.unwrap();
    }
    table
}

/// Checks a list of orders of the given sizes, newest first.
fn assert_covers(
    (found, pages): (Vec<Uuid>, Vec<usize>),
    names: &[usize],
    limit: PageLimit,
) -> Result<(), TestCaseError> {
    let expected: Vec<_> = (1..=names.len() as u128).rev().map(Uuid::from_u128).collect();
    prop_assert_eq!(&found, &expected);
    let mut newest_first = names.iter().rev();
    for page in pages {
        let names: usize = newest_first.by_ref().take(page).sum();
        prop_assert!(page <= usize::from(limit.get()));
        prop_assert!(page <= 1 || names <= limit.bytes(), "{} orders have {} bytes", page, names);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn pages_of_orders(
        names in prop::collection::vec(0..3_000_usize, 1..12),
        sizes in prop::collection::vec((1..9_000_usize, 1..9_u8), 2),
    ) {
        run(async {
            let table = orders(&names).await;
            for (bytes, entries) in sizes {
                let limit = limit(entries).with_bytes(bytes);
                let ids = |page: OrderPage| {
                    (page.orders.iter().map(|order| order.order_id).collect(), page.next)
                };
                for filter in [user("ada", None), statuses(&STATUSES)] {
                    let page = async |cursor: Option<_>| {
                        ids(list_orders(&table.views, &filter, limit, cursor.as_ref()).await.unwrap())
                    };
                    assert_covers(all_pages(page).await, &names, limit)?;
                }
                let own = Some("ada".to_owned());
                let search = SearchFilter::new("ada".parse().unwrap(), STATUSES.map(str::to_owned).into());
                for filter in [SearchFilter { user_id: own, ..search.clone() }, search] {
                    let page = async |cursor: Option<_>| {
                        ids(search_orders(&table.views, &filter, limit, cursor.as_ref()).await.unwrap())
                    };
                    assert_covers(all_pages(page).await, &names, limit)?;
                }
            }
            Ok::<_, TestCaseError>(())
        })?;
    }

    #[test]
    fn pages_of_products(
        names in prop::collection::vec(0..2_000_usize, 1..12),
        sizes in prop::collection::vec((1..6_000_usize, 1..9_u8), 3),
    ) {
        run(async {
            let table = Table::new().await;
            let views = DynamoProductViews::new(table.db.client(), &table.name);
            for (number, name) in names.iter().enumerate() {
                let change = ProductView::registered(Change::default(), &format!("p-{number:02}"), at(1))
                    .set(ProductView::NAME, &"n".repeat(*name))
                    .set(ProductView::UNIT_PRICE_CENTS, &1)
                    .set(ProductView::CURRENCY, "EUR")
                    .set(ProductView::STATUS, "active")
                    .set(ProductView::UPDATED_AT, &at(1));
                let stream = StreamId::new(es_core::Category::new("product"), Uuid::from_u128(number as u128));
                views.apply(&stream, &change, StreamVersion::NONE, StreamVersion::new(1)).await.unwrap();
            }
            for (bytes, entries) in sizes {
                let limit = limit(entries).with_bytes(bytes);
                let page = async |cursor: Option<_>| {
                    let page = list_products(&views, limit, cursor.as_ref()).await.unwrap();
                    let size: usize = page.products.iter().map(|product| product.name.len()).sum();
                    assert!(page.products.len() == 1 || size <= bytes);
                    let number = |id: &str| id[2..].parse::<u128>().unwrap();
                    (page.products.iter().map(|found| Uuid::from_u128(number(&found.product_id))).collect(), page.next)
                };
                let (found, _) = all_pages(page).await;
                prop_assert_eq!(found, (0..names.len() as u128).map(Uuid::from_u128).collect::<Vec<_>>());
            }
            Ok::<_, TestCaseError>(())
        })?;
    }

    #[test]
    fn pages_of_a_history(
        notes in prop::collection::vec(0..2_000_usize, 1..12),
        sizes in prop::collection::vec((1..6_000_usize, 1..9_u8), 3),
    ) {
        run(async {
            let table = Table::new().await;
            let histories = DynamoHistories::new(table.db.client(), &table.name);
            let event = |(note, version): (&usize, u64)| HistoryEvent {
                version: StreamVersion::new(version),
                id: Uuid::from_u128(version.into()),
                event_type: "OrderConfirmed".to_owned(),
                data: serde_json::json!({"note": "n".repeat(*note)}),
                at: at(1),
                traceparent: None,
                correlation_id: "correlation".to_owned(),
                causation_id: "request".to_owned(),
            };
            let commits = notes.iter().zip(1..).map(|event_of| vec![event(event_of)]).collect();
            let change = HistoryChange { commits, last: None };
            let to = StreamVersion::new(notes.len() as u64);
            histories.apply(&stream(1), &change, StreamVersion::NONE, to).await.unwrap();
            for (bytes, entries) in sizes {
                let limit = limit(entries).with_bytes(bytes);
                let page = async |cursor| {
                    let page = histories.page(Uuid::from_u128(1), limit, cursor).await.unwrap().unwrap();
                    let size: usize = page.events.iter().map(|event| event.data.to_string().len()).sum();
                    assert!(page.events.len() == 1 || size <= bytes);
                    (page.events.iter().map(|event| event.id).collect(), page.next)
                };
                let (found, _) = all_pages(page).await;
                prop_assert_eq!(found, (1..=notes.len() as u128).map(Uuid::from_u128).collect::<Vec<_>>());
            }
            Ok::<_, TestCaseError>(())
        })?;
    }

    #[test]
    fn pages_of_analytics(
        orders in prop::collection::vec((1..7_i64, prop::sample::select(&["EUR", "JPY", "KWD", "USD"][..])), 1..20),
        sizes in prop::collection::vec(1..900_usize, 3),
    ) {
        run(async {
            let table = Table::new().await;
            let analytics = DynamoAnalytics::new(table.db.client(), &table.name);
            for (number, (day, currency)) in (1..).zip(&orders) {
                let change = counted(*day, currency, &[("kettle", 1, 5), ("tea", 2, 7)]);
                analytics.apply(&stream(number), &change, StreamVersion::NONE, StreamVersion::new(1)).await.unwrap();
            }
            let (days, three) = (days(1, 7), limit(3));
            let whole = analytics.daily(days, None).await.unwrap();
            let products = analytics.products(days, three, None).await.unwrap();
            prop_assert_eq!((whole.next, products.next), (None, None));
            for bytes in sizes {
                let small = analytics.clone().with_page_bytes(bytes);
                let (mut totals, mut currencies) = (Vec::new(), Vec::new());
                let mut cursor = None;
                loop {
                    let page = small.daily(days, cursor.as_ref()).await.unwrap();
                    let size: usize = page.totals.iter().map(|total| serde_json::to_vec(total).unwrap().len()).sum();
                    prop_assert!(page.totals.len() == 1 || size <= bytes);
                    totals.extend(page.totals);
                    // Convert the cursor to text and back, as a caller does.
                    cursor = page.next.map(|next| next.to_string().parse().unwrap());
                    if cursor.is_none() {
                        break;
                    }
                }
                loop {
                    let page = small.products(days, three, cursor.as_ref()).await.unwrap();
                    prop_assert!(!page.currencies.is_empty());
                    currencies.extend(page.currencies);
                    cursor = page.next.map(|next| next.to_string().parse().unwrap());
                    if cursor.is_none() {
                        break;
                    }
                }
                prop_assert_eq!(&totals, &whole.totals);
                prop_assert_eq!(&currencies, &products.currencies);
            }
            Ok::<_, TestCaseError>(())
        })?;
    }
}
