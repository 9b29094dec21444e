//! Checks genuine, tampered and forged cursors.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use view_store::{Cursor, CursorError, ListError, PageLimit};
use views::{
    DynamoHistories, DynamoOrderViews, DynamoProductViews, HistoryCursor, OrderFilter, OrderScope,
    ProductCursor, SearchFilter, list_orders, list_products, search_orders,
};

use crate::database::{CUSTOMER, Database};
use crate::wait;

/// The bytes at the head of a cursor: the number of its layout and the digest of its filter. The position follows.
const HEAD: usize = 1 + 8;
/// The bytes of a position in a list of orders: a time and an id.
const POSITION: usize = 8 + 16;

/// Uses `data` as the text of a cursor, and to tamper with genuine cursors.
///
/// - A text is a valid cursor for at most one kind of list, and the cursor converts back to the same text.
/// - A cursor with a changed head or of another list is refused before any read.
/// - A cursor with any position reads only the caller's own partition.
pub fn check(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        round_trips(text);
    }
    wait::for_end_of(async {
        if let (Some(head), Some(position)) = (data.get(..HEAD), data.get(HEAD..HEAD + POSITION)) {
            tampered(head, position).await;
        }
        positions(data).await;
    });
}

fn round_trips(text: &str) {
    let read = [
        text.parse::<Cursor>().ok().map(|cursor| cursor.to_string()),
        text.parse::<ProductCursor>().ok().map(|cursor| cursor.to_string()),
        text.parse::<HistoryCursor>().ok().map(|cursor| cursor.to_string()),
    ];
    let read: Vec<String> = read.into_iter().flatten().collect();
    assert!(read.is_empty() || read == [text], "{text:?} reads as {read:?}");
}

/// Checks a cursor of a list and a cursor of a search. Both get the bytes `position` as their position, and their heads
/// are combined with `head` by exclusive or.
async fn tampered(head: &[u8], position: &[u8]) {
    let (genuine, filter, search) = (genuine().await, filter(), search());
    let database = Database::without_requests();
    for (cursor, is_listed) in [(genuine.listed, true), (genuine.found, false)] {
        let made = with_head_and_position(cursor, head, position);
        let is_whole = head.iter().all(|mask| *mask == 0);
        let Ok(made) = made.parse::<Cursor>() else { continue };
        assert_eq!(head[0], 0, "a cursor of another layout was accepted");
        let views = DynamoOrderViews::new(database.client(), "views");
        let list = list_orders(&views, &filter, limit(), Some(&made)).await;
        let found = search_orders(&views, &search, limit(), Some(&made)).await;
        let (own, other) = if is_listed { (list, found) } else { (found, list) };
        assert!(is_of_another_list(&other.unwrap_err()));
        match own {
            Ok(_) => assert!(is_whole, "a changed digest was accepted"),
            Err(error) => assert!(!is_whole && is_of_another_list(&error), "{error}"),
        }
        assert!(is_whole || database.partitions().is_empty(), "a refused cursor caused a read");
    }
    let own = format!("user#{CUSTOMER}");
    assert!(database.partitions().iter().all(|partition| *partition == own), "{:?}", database.partitions());
}

/// Checks the lists whose cursors contain only a position.
async fn positions(position: &[u8]) {
    let text = |layout: u8, position: &[u8]| URL_SAFE_NO_PAD.encode([&[layout], position].concat());
    let database = Database::without_requests();
    if let Ok(cursor) = text(2, position).parse::<ProductCursor>() {
        let products = DynamoProductViews::new(database.client(), "views");
        list_products(&products, limit(), Some(&cursor)).await.unwrap();
    }
    assert!(database.partitions().iter().all(|partition| partition == "product#0"));
    let database = Database::without_requests();
    let version = position.get(..8).unwrap_or(&[u8::MAX; 8]);
    let cursor: HistoryCursor = text(3, version).parse().unwrap();
    let histories = DynamoHistories::new(database.client(), "views");
    let order = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    histories.page(order, limit(), Some(cursor)).await.unwrap();
    let own = format!("order#{order}");
    assert!(database.partitions().iter().all(|partition| *partition == own));
}

/// Cursors that a list and a search have returned.
#[derive(Debug, Clone, Copy)]
struct GenuineCursors {
    listed: Cursor,
    found: Cursor,
}

async fn genuine() -> GenuineCursors {
    static GENUINE: OnceLock<GenuineCursors> = OnceLock::new();
    if let Some(genuine) = GENUINE.get() {
        return *genuine;
    }
    let views = DynamoOrderViews::new(Database::without_requests().client(), "views");
    let listed = list_orders(&views, &filter(), limit(), None).await.unwrap().next.unwrap();
    let found = search_orders(&views, &search(), limit(), None).await.unwrap().next.unwrap();
    *GENUINE.get_or_init(|| GenuineCursors { listed, found })
}

/// One order per page. The customer has more orders, so every list has a next page.
fn limit() -> PageLimit {
    PageLimit::try_from(1).unwrap()
}

fn filter() -> OrderFilter {
    let own = OrderScope::User { user_id: CUSTOMER.to_owned(), status: None };
    OrderFilter { scope: own, from: None, to: None }
}

fn search() -> SearchFilter {
    let user_id = Some(CUSTOMER.to_owned());
    SearchFilter { user_id, ..SearchFilter::new("kettle".parse().unwrap(), Vec::new()) }
}

/// The text of `cursor` with the bytes `position` as its position, and with its head combined with `head` by exclusive
/// or.
fn with_head_and_position(cursor: Cursor, head: &[u8], position: &[u8]) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(cursor.to_string()).unwrap();
    bytes[HEAD..].copy_from_slice(position);
    for (byte, mask) in bytes.iter_mut().zip(head) {
        *byte ^= mask;
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

fn is_of_another_list(error: &ListError) -> bool {
    matches!(error, ListError::Cursor(CursorError::OtherFilter))
}
