//! Tests the views of products: writes, lists and costs.

use es_core::{Applied, Category, StreamId, StreamVersion, Unwritable, ViewWriter, WriteError};
use uuid::Uuid;
use view_store::{Change, Cursor, CursorError};
use views::{DynamoProductViews, ProductCursor, ProductView, list_orders, list_products};

use crate::support::{Table, at, limit, user};

/// A stream for the product `id`. Its UUID does not resemble the id.
fn stream(id: &str) -> StreamId {
    StreamId::new(Category::new("product"), Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes()))
}

fn registered(id: &str) -> Change<ProductView> {
    ProductView::registered(Change::default(), id, at(1))
        .set(ProductView::NAME, "Kettle")
        .set(ProductView::UNIT_PRICE_CENTS, &5_990)
        .set(ProductView::CURRENCY, "EUR")
        .set(ProductView::STATUS, "active")
        .set(ProductView::UPDATED_AT, &at(1))
}

fn version(number: u64) -> StreamVersion {
    StreamVersion::new(number)
}

async fn catalog<const N: usize>(ids: [&str; N]) -> (Table, DynamoProductViews) {
    let table = Table::new().await;
    let views = DynamoProductViews::new(table.db.client(), &table.name);
    for id in ids {
        let applied = views.apply(&stream(id), &registered(id), version(0), version(1)).await;
        assert_eq!(applied.unwrap(), Applied::Written);
    }
    table.db.recorder().clear();
    (table, views)
}

async fn all(views: &DynamoProductViews, most: u8) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), None::<ProductCursor>);
    loop {
        let page = list_products(views, limit(most), cursor.as_ref()).await.unwrap();
        assert!(page.products.len() <= usize::from(most));
        found.extend(page.products.into_iter().map(|product| product.product_id));
        // Convert the cursor to text and back, as a caller does.
        cursor = page.next.map(|next| next.to_string().parse().unwrap());
        if cursor.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn a_change_keeps_the_other_fields_and_costs_two_units() {
    let (table, views) = catalog(["kettle"]).await;
    let discontinued =
        Change::default().set(ProductView::STATUS, "discontinued").set(ProductView::UPDATED_AT, &at(2));
    views.apply(&stream("kettle"), &discontinued, version(1), version(2)).await.unwrap();
    assert_eq!(table.db.recorder().requests(), ["UpdateItem"]);
    assert!((table.db.recorder().write_units() - 2.0).abs() < f64::EPSILON);

    let expected = ProductView {
        product_id: "kettle".to_owned(),
        version: version(2),
        name: "Kettle".to_owned(),
        unit_price_cents: 5_990,
        currency: "EUR".to_owned(),
        status: "discontinued".to_owned(),
        created_at: at(1),
        updated_at: at(2),
    };
    table.db.recorder().clear();
    assert_eq!(views.get(&stream("kettle")).await.unwrap(), Some(expected));
    assert_eq!(table.db.recorder().requests(), ["GetItem"]);
    assert!((table.db.recorder().read_units() - 0.5).abs() < f64::EPSILON);
    assert_eq!(views.get(&stream("mug")).await.unwrap(), None);
}

#[tokio::test]
async fn pages_of_any_size_cover_the_whole_list() {
    let (table, views) = catalog(["kettle", "急須", "beans", "mug", "Kettle"]).await;
    for most in 1..=6 {
        assert_eq!(all(&views, most).await, ["Kettle", "beans", "kettle", "mug", "急須"], "{most}");
    }
    let whole = list_products(&views, limit(5), None).await.unwrap();
    assert_eq!((whole.products.len(), whole.next), (5, None), "a full last page has no cursor");
    table.db.recorder().clear();
    list_products(&views, limit(2), None).await.unwrap();
    assert_eq!(table.db.recorder().requests(), ["Query"]);
    table.open(1, &crate::support::opened(1, "user-1", at(1))).await;
    assert_eq!(all(&views, 100).await.len(), 5, "the list contains no orders");
}

#[tokio::test]
async fn cursors_of_orders_and_products_are_not_interchangeable() {
    let (table, views) = catalog(["kettle", "mug"]).await;
    for order in 1..=2 {
        table.open(order, &crate::support::opened(order, "user-1", at(1))).await;
    }
    let product = list_products(&views, limit(1), None).await.unwrap().next.unwrap().to_string();
    let order = list_orders(&table.views, &user("user-1", None), limit(1), None)
        .await
        .unwrap()
        .next
        .unwrap()
        .to_string();
    assert_eq!(product.parse::<Cursor>(), Err(CursorError::Malformed));
    assert_eq!(order.parse::<ProductCursor>(), Err(CursorError::Malformed));
    for text in ["", "Ag", "€", &"A".repeat(1 << 20), "Av8"] {
        assert_eq!(text.parse::<ProductCursor>(), Err(CursorError::Malformed), "{text}");
    }
}

#[tokio::test]
async fn an_id_larger_than_an_index_key_sends_no_request() {
    let (table, views) = catalog([]).await;
    let long = registered(&"i".repeat(1_025));
    let refused = views.apply(&stream("long"), &long, version(0), version(1)).await.unwrap_err();
    assert!(matches!(refused, WriteError::Unwritable(Unwritable::TooLarge { bytes: 1_025, .. })));
    assert!(table.db.recorder().requests().is_empty());
}
