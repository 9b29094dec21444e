//! Tests that no answer is larger than a response of Lambda may be, and that a list continues after a page that was cut
//! by its size.

use std::iter::repeat_n;

use es_core::{Applied, Category, StreamId, StreamVersion, Timestamp, ViewWriter};
use http_api::{GatewayEvent, GatewayResponse};
use serde_json::{Value, json};
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, signed_in};
use uuid::Uuid;
use view_store::Change;
use views::{
    AnalyticsChange, CountedStatus, DynamoAnalytics, DynamoHistories, DynamoOrderViews, DynamoPostings,
    DynamoProductViews, HistoryChange, HistoryEvent, IndexedWords, OpenedOrder, OrderLine, PostedOrder,
    ProductView, WordSource,
};

use crate::{opened, querying, request};

/// The maximum size of the response of a function that is invoked synchronously.
///
/// Source: AWS Lambda Developer Guide, "Lambda quotas", "Invocation payload"; a larger response fails with
/// `Function.ResponseSizeTooLarge` and this number.
const MAX_RESPONSE: usize = 6_291_556;

/// The name of a product whose JSON is as long as any name's: 200 characters, each escaped in the body and in the
/// response.
fn longest_name() -> String {
    "\"".repeat(200)
}

/// The items of the largest order: fifty products with the longest ids and names.
fn largest_items() -> Vec<OrderLine> {
    let line = |number: usize| OrderLine {
        product_id: format!("{number:0>2}{}", "\"".repeat(126)),
        name: Some(longest_name()),
        quantity: 10_000,
        unit_price_cents: 20_000_000,
    };
    (0..50).map(line).collect()
}

/// The answers on all pages. Checks the size of each response. `event` makes the request with a query string.
async fn all_pages(
    handle: impl AsyncFn(GatewayEvent) -> GatewayResponse,
    event: impl Fn(&str) -> GatewayEvent,
) -> Vec<Value> {
    let (mut pages, mut query) = (Vec::new(), String::new());
    loop {
        let response = handle(event(&query)).await;
        let size = serde_json::to_vec(&response).map(|json| json.len()).unwrap_or_default();
        assert!((1..=MAX_RESPONSE).contains(&size), "the response has {size} bytes");
        let answered = Answered::from(response);
        assert_eq!(answered.status, 200, "{}", answered.body);
        let next = answered.body["next_cursor"].as_str().map(|cursor| format!("&cursor={cursor}"));
        pages.push(answered.body);
        match next {
            Some(next) => query = next,
            None => return pages,
        }
    }
}

/// The members `name` of the entries `list` of all pages.
fn members<'p>(pages: &'p [Value], list: &str, name: &str) -> Vec<&'p Value> {
    pages
        .iter()
        .flat_map(|page| page[list].as_array().into_iter().flatten())
        .map(|entry| &entry[name])
        .collect()
}

/// 92 orders of 50 products made one answer of more than 6 MB.
#[tokio::test]
async fn a_page_of_the_largest_orders_fits_into_a_response() {
    const ORDERS: u32 = 92;
    let dynamodb = LocalDynamoDb::start().await;
    let table = dynamodb.query_table().await;
    let views = DynamoOrderViews::new(dynamodb.client(), &table);
    let postings = DynamoPostings::new(dynamodb.client(), table);
    let items = largest_items();
    for number in 1..=ORDERS {
        let (order, at) = (Uuid::from_u128(number.into()), Timestamp::from_micros(number.into()));
        let at = at.unwrap_or(Timestamp::MIN);
        let change = opened(order, "ada", "pending", &items, 10_000_000_000_000, at);
        let stream = StreamId::new(Category::new("order"), order);
        let applied = views.apply(&stream, &change, StreamVersion::NONE, StreamVersion::new(1)).await;
        assert_eq!(applied.ok(), Some(Applied::Written));
        let words = IndexedWords::from_opening("ada", &[]);
        assert!(
            postings.put(PostedOrder { order, created_at: at }, WordSource::Opening, &words).await.is_ok()
        );
    }
    let expected: Vec<_> = (1..=ORDERS).rev().map(|order| json!(Uuid::from_u128(order.into()))).collect();
    let list = async |event| queries::list_orders::handle(&views, &request(event)).await;
    let search = async |event| queries::search_orders::handle(&views, &request(event)).await;
    for (subject, scope, q) in [("ada", "orders:read", "a"), ("boss", "orders:read orders:admin", "ada")] {
        let event = |function: &str, name: &str, query: String| {
            signed_in(querying(function, name, query), subject, scope)
        };
        let listed =
            all_pages(list, |next| event("list-orders", "by-user", format!("limit=100{next}"))).await;
        assert_eq!(members(&listed, "items", "order_id"), expected.iter().collect::<Vec<_>>());
        assert!((2..=10).contains(&listed.len()), "{} pages", listed.len());
        let query = |next: &str| event("search-orders", "words", format!("q={q}&limit=100{next}"));
        let found = all_pages(search, query).await;
        assert_eq!(members(&found, "items", "order_id"), expected.iter().collect::<Vec<_>>(), "{q}");
    }
}

#[tokio::test]
async fn a_page_of_the_largest_events_fits_into_a_response() {
    let dynamodb = LocalDynamoDb::start().await;
    let histories = DynamoHistories::new(dynamodb.client(), dynamodb.query_table().await);
    let order = Uuid::from_u128(1);
    // No event of the shop is so large. The size is that of the largest item of DynamoDB.
    let event = |version: u64| HistoryEvent {
        version: StreamVersion::new(version),
        id: Uuid::from_u128(version.into()),
        event_type: "OrderCancelled".to_owned(),
        data: json!({"reason": "\"".repeat(190_000), "user_id": "ada"}),
        at: Timestamp::MIN,
        traceparent: None,
        correlation_id: "\"".repeat(128),
        causation_id: "request".to_owned(),
    };
    let change =
        HistoryChange { commits: (1..=12).map(|version| vec![event(version)]).collect(), last: None };
    let stream = StreamId::new(Category::new("order"), order);
    let applied = histories.apply(&stream, &change, StreamVersion::NONE, StreamVersion::new(12)).await;
    assert_eq!(applied.ok(), Some(Applied::Written));
    let event = |next: &str| {
        let mut event = querying("get-order-history", "first-page", format!("limit=100{next}"));
        event.payload.path_parameters.insert("id".to_owned(), order.to_string());
        signed_in(event, "ada", "orders:read")
    };
    let handle = async |event| queries::get_order_history::handle(&histories, &request(event)).await;
    let pages = all_pages(handle, event).await;
    let expected: Vec<_> = (1..=12).map(|version| json!(format!("{version:020}"))).collect();
    assert_eq!(members(&pages, "items", "sequence"), expected.iter().collect::<Vec<_>>());
    assert!(pages.len() > 1);
}

#[tokio::test]
async fn a_page_of_the_largest_products_fits_into_a_response() {
    let dynamodb = LocalDynamoDb::start().await;
    let views = DynamoProductViews::new(dynamodb.client(), dynamodb.query_table().await);
    for number in 0_u128..100 {
        let change: Change<ProductView> =
            ProductView::registered(Change::default(), &format!("{number:0>128}"), Timestamp::MIN)
                .set(ProductView::NAME, &longest_name())
                .set(ProductView::UNIT_PRICE_CENTS, &9_007_199_254_740_991)
                .set(ProductView::CURRENCY, "EUR")
                .set(ProductView::STATUS, "discontinued")
                .set(ProductView::UPDATED_AT, &Timestamp::MIN);
        let stream = StreamId::new(Category::new("product"), Uuid::from_u128(number));
        let applied = views.apply(&stream, &change, StreamVersion::NONE, StreamVersion::new(1)).await;
        assert_eq!(applied.ok(), Some(Applied::Written));
    }
    let handle = async |event| queries::list_products::handle(&views, &request(event)).await;
    let event = |next: &str| querying("list-products", "first-page", format!("limit=100{next}"));
    let pages = all_pages(handle, event).await;
    assert_eq!(members(&pages, "items", "product_id").len(), 100);
    assert_eq!(pages.len(), 1, "a hundred of the largest products are far below the limit of a page");
}

/// The most rows that three months can have: five statuses and every currency each day. The test has fewer days and
/// smaller pages.
#[tokio::test]
async fn the_pages_of_the_analytics_have_all_entries() {
    const CURRENCIES: [&str; 6] = ["BHD", "CHF", "EUR", "JPY", "USD", "ZAR"];
    let dynamodb = LocalDynamoDb::start().await;
    let analytics = DynamoAnalytics::new(dynamodb.client(), dynamodb.query_table().await);
    for (number, currency) in (1_u128..).zip(repeat_n(CURRENCIES, 3).flatten()) {
        let day = (number - 1) / 6 + 20;
        let opened = OpenedOrder {
            opened_at: format!("2026-11-{day}T12:30:00Z").parse().unwrap_or(Timestamp::MIN),
            currency: currency.to_owned(),
            total_amount_cents: i64::MAX,
            lines: largest_items(),
        };
        let status = Some(CountedStatus { status: "delivered".to_owned(), is_sold: true });
        let change = AnalyticsChange { opened: Some(opened), status };
        let stream = StreamId::new(Category::new("order"), Uuid::from_u128(number));
        let applied = analytics.apply(&stream, &change, StreamVersion::NONE, StreamVersion::new(1)).await;
        assert_eq!(applied.ok(), Some(Applied::Written));
    }
    let small = analytics.clone().with_page_bytes(1_000);
    let handle = async |event| queries::get_analytics::handle(&small, &request(event)).await;
    let range = "from=2026-11-20&to=2026-11-22";
    let daily = all_pages(handle, |next| querying("get-analytics", "daily", format!("{range}{next}"))).await;
    assert_eq!(members(&daily, "totals", "day").len(), 18);
    assert!(daily.len() > 1);
    let decimals: Vec<_> = members(&daily, "totals", "currency_decimals").into_iter().take(6).collect();
    assert_eq!(decimals, [3, 2, 2, 0, 2, 2].map(|decimals| json!(decimals)).iter().collect::<Vec<_>>());

    let products = format!("{range}&limit=100");
    let event = |next: &str| querying("get-analytics", "products", format!("{products}{next}"));
    let pages = all_pages(handle, event).await;
    assert_eq!(
        members(&pages, "currencies", "currency"),
        CURRENCIES.map(|code| json!(code)).iter().collect::<Vec<_>>()
    );
    assert_eq!(pages.len(), CURRENCIES.len(), "a page has at least one currency");
    let handle = async |event| queries::get_analytics::handle(&analytics, &request(event)).await;
    assert_eq!(all_pages(handle, event).await.len(), 1);
}

/// The largest page of the analytics fits into a response. The entries of a page have at most [`PageLimit::MAX_BYTES`]
/// of JSON, which a response may double. One currency with a hundred of the longest ids fits beside them.
///
/// [`PageLimit::MAX_BYTES`]: view_store::PageLimit::MAX_BYTES
const _: () = assert!(2 * (view_store::PageLimit::MAX_BYTES + 100 * (4 * 128 + 200)) < MAX_RESPONSE);

/// A page of items has at most four times their bytes, or is a single item of at most 400 KB.
const _: () = assert!(4 * view_store::PageLimit::MAX_BYTES < MAX_RESPONSE && 4 * 400 * 1024 < MAX_RESPONSE);

/// A page has room for the largest order.
#[test]
fn the_largest_order_is_smaller_than_a_page() {
    let json = serde_json::to_string(&largest_items()).unwrap_or_default();
    assert!((1..view_store::PageLimit::MAX_BYTES).contains(&json.len()));
}
