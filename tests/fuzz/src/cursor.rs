//! Cursors, as they were given out and as nobody gave them out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use read_store::{
    Cursor, DynamoHistories, DynamoOrderViews, DynamoProductViews, HistoryCursor, OrderFilter, PageLimit,
    ProductCursor, Scope, SearchFilter,
};

use crate::database::{CUSTOMER, Database};
use crate::wait;

/// Takes `data` for the text of a cursor, and for what is behind one.
///
/// - A text is a cursor of one kind of list at most, and that cursor's text is this one.
/// - A cursor that is forged, with whatever place in it, reads the caller's own partition and no other.
pub fn check(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        round_trips(text);
    }
    wait::for_end_of(forged(data));
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

async fn forged(place: &[u8]) {
    let filter = OrderFilter { scope: own(), from: None, to: None };
    let search = SearchFilter {
        user_id: Some(CUSTOMER.to_owned()),
        ..SearchFilter::new("kettle".parse().unwrap(), Vec::new())
    };
    let views = |database: &Database| DynamoOrderViews::new(database.client(), "views");
    let (limit, fresh) = (PageLimit::default(), Database::default());
    let listed = views(&fresh).list(&filter, limit, None).await.unwrap().next.unwrap();
    let found = views(&fresh).search(&search, limit, None).await.unwrap().next.unwrap();

    let database = Database::default();
    if let Some(cursor) = with_place(&listed, place) {
        views(&database).list(&filter, limit, Some(&cursor)).await.unwrap();
    }
    if let Some(cursor) = with_place(&found, place) {
        views(&database).search(&search, limit, Some(&cursor)).await.unwrap();
    }
    let own = format!("user#{CUSTOMER}");
    assert!(database.partitions().iter().all(|partition| *partition == own), "{:?}", database.partitions());
    others(place).await;
}

/// The lists whose cursors are a place and nothing else.
async fn others(place: &[u8]) {
    let text = |layout: u8, place: &[u8]| URL_SAFE_NO_PAD.encode([&[layout], place].concat());
    let database = Database::default();
    if let Ok(cursor) = text(2, place).parse::<ProductCursor>() {
        let products = DynamoProductViews::new(database.client(), "views");
        products.list(PageLimit::default(), Some(&cursor)).await.unwrap();
    }
    assert!(database.partitions().iter().all(|partition| partition == "product#0"));
    let database = Database::default();
    let version = place.get(..8).unwrap_or(&[u8::MAX; 8]);
    let cursor: HistoryCursor = text(3, version).parse().unwrap();
    let histories = DynamoHistories::new(database.client(), "views");
    let order = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    histories.page(order, PageLimit::default(), Some(cursor)).await.unwrap();
    let own = format!("order#{order}");
    assert!(database.partitions().iter().all(|partition| *partition == own));
}

fn own() -> Scope {
    Scope::User { user_id: CUSTOMER.to_owned(), status: None }
}

/// `cursor` with another place in it: everything behind the layout's number and the filter's digest.
fn with_place(cursor: &Cursor, place: &[u8]) -> Option<Cursor> {
    let mut bytes = URL_SAFE_NO_PAD.decode(cursor.to_string()).unwrap();
    bytes[9..].copy_from_slice(place.get(..24)?);
    URL_SAFE_NO_PAD.encode(bytes).parse().ok()
}
