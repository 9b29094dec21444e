//! The test world of the search: a query table with orders and their postings.

use es_core::{Applied, StreamVersion, ViewWriter};
use testing::dynamodb::LocalDynamoDb;
use uuid::Uuid;
use view_store::Change;
use views::{
    DynamoOrderViews, DynamoPostings, IndexedWords, OrderLine, OrderPage, OrderView, PostedOrder,
    SearchFilter, WordSource, search_orders,
};

use crate::support::{self, at, stream};

/// The statuses of orders in these tests.
pub(crate) const STATUSES: [&str; 4] = ["pending", "shipped", "delivered", "on-the-shelf"];

pub(crate) struct SearchFixture {
    pub(crate) db: LocalDynamoDb,
    pub(crate) views: DynamoOrderViews,
    pub(crate) postings: DynamoPostings,
}

/// An order of a test.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: u128,
    pub(crate) user: String,
    pub(crate) status: String,
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) total: i64,
    pub(crate) currency: String,
    /// The tracking number and the carrier.
    pub(crate) parcel: Option<(String, String)>,
    pub(crate) micros: i64,
}

pub(crate) fn line(product: &str, name: Option<&str>) -> OrderLine {
    let name = name.map(ToOwned::to_owned);
    OrderLine { product_id: product.to_owned(), name, quantity: 1, unit_price_cents: 100 }
}

/// The order `id` of one product, opened at the microsecond `id`.
pub(crate) fn order(id: u128, user: &str, product: &str) -> Order {
    let (user, status) = (user.to_owned(), "pending".to_owned());
    let (lines, currency) = (vec![line(product, None)], "EUR".to_owned());
    let micros = i64::try_from(id).unwrap();
    Order { id, user, status, lines, total: 100, currency, parcel: None, micros }
}

impl Order {
    pub(crate) fn posted(&self) -> PostedOrder {
        PostedOrder { order: Uuid::from_u128(self.id), created_at: at(self.micros) }
    }

    fn change(&self) -> Change<OrderView> {
        let (order, at) = (Uuid::from_u128(self.id), at(self.micros));
        let (tracking_number, carrier) = self.parcel.clone().unzip();
        let change = OrderView::opened(Change::default(), order, &self.user, at);
        OrderView::moved(change, order, &self.status)
            .set(OrderView::ITEMS, &self.lines)
            .set(OrderView::TOTAL_AMOUNT_CENTS, &self.total)
            .set(OrderView::CURRENCY, &self.currency)
            .set_or_remove(OrderView::TRACKING_NUMBER, tracking_number.as_deref())
            .set_or_remove(OrderView::CARRIER, carrier.as_deref())
            .set(OrderView::UPDATED_AT, &at)
    }
}

impl SearchFixture {
    pub(crate) async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let table = db.query_table().await;
        let views = DynamoOrderViews::new(db.client(), &table);
        let postings = DynamoPostings::new(db.client(), table);
        Self { db, views, postings }
    }

    /// A world with `orders`, each with its view and its postings.
    pub(crate) async fn with(orders: &[Order]) -> Self {
        let fixture = Self::new().await;
        for order in orders {
            fixture.view(order).await;
            fixture.index(order).await;
        }
        fixture.db.recorder().clear();
        fixture
    }

    pub(crate) async fn view(&self, order: &Order) {
        let (none, first) = (StreamVersion::NONE, StreamVersion::new(1));
        let applied = self.views.apply(&stream(order.id), &order.change(), none, first).await.unwrap();
        assert_eq!(applied, Applied::Written);
    }

    pub(crate) async fn index(&self, order: &Order) {
        let opening = IndexedWords::from_opening(&order.user, &order.lines);
        self.postings.put(order.posted(), WordSource::Opening, &opening).await.unwrap();
        if let Some((tracking_number, carrier)) = &order.parcel {
            let shipment = IndexedWords::from_shipment(tracking_number, carrier);
            self.postings.put(order.posted(), WordSource::Shipment, &shipment).await.unwrap();
        }
    }

    pub(crate) async fn page(
        &self,
        filter: &SearchFilter,
        limit: u8,
        after: Option<&OrderPage>,
    ) -> OrderPage {
        let cursor = after.and_then(|page| page.next);
        search_orders(&self.views, filter, support::limit(limit), cursor.as_ref()).await.unwrap()
    }

    /// The orders on the first page of a search for `q`.
    pub(crate) async fn find(&self, q: &str) -> Vec<u128> {
        ids(&self.page(&search(q), 100, None).await)
    }
}

pub(crate) fn search(q: &str) -> SearchFilter {
    SearchFilter::new(q.parse().unwrap(), STATUSES.map(str::to_owned).into())
}

pub(crate) fn ids(page: &OrderPage) -> Vec<u128> {
    page.orders.iter().map(|order| order.order_id.as_u128()).collect()
}
