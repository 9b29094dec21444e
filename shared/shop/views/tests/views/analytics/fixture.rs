//! The test world of the analytics: a query table with counters.

use dynamo::Table;
use es_core::{Applied, StreamVersion, ViewWriter, WriteError};
use testing::dynamodb::LocalDynamoDb;
use views::{
    AnalyticsChange, CountedStatus, DailyTotal, DayRange, DynamoAnalytics, OpenedOrder, OrderLine,
    ProductTotal,
};

use crate::support::{self, at, stream};

pub(crate) struct AnalyticsFixture {
    pub(crate) db: LocalDynamoDb,
    pub(crate) analytics: DynamoAnalytics,
    pub(crate) table: Table,
}

const DAY: i64 = 86_400_000_000;

impl AnalyticsFixture {
    pub(crate) async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let name = db.query_table().await;
        let (analytics, table) = (DynamoAnalytics::new(db.client(), &name), Table::new(db.client(), name));
        Self { db, analytics, table }
    }

    pub(crate) async fn apply(&self, order: u128, change: &AnalyticsChange, after: u64, to: u64) -> Applied {
        self.try_apply(order, change, after, to).await.unwrap()
    }

    pub(crate) async fn try_apply(
        &self,
        order: u128,
        change: &AnalyticsChange,
        after: u64,
        to: u64,
    ) -> Result<Applied, WriteError> {
        self.analytics.apply(&stream(order), change, StreamVersion::new(after), StreamVersion::new(to)).await
    }

    /// The orders of the first week of 1970 as lines such as `1970-01-01 pending EUR 1 250`.
    pub(crate) async fn daily(&self) -> Vec<String> {
        let totals = self.analytics.daily(days(1, 7), None).await.unwrap().totals;
        let text = |total: &DailyTotal| {
            let DailyTotal { day, status, currency, orders, revenue_cents } = total;
            format!("{day} {status} {currency} {orders} {revenue_cents}")
        };
        totals.iter().map(text).collect()
    }

    /// The products of the first week of 1970 as lines such as `EUR kettle 1 250`.
    pub(crate) async fn products(&self, limit: u8) -> Vec<String> {
        let currencies =
            self.analytics.products(days(1, 7), support::limit(limit), None).await.unwrap().currencies;
        let mut lines = Vec::new();
        for of_currency in currencies {
            lines.extend(of_currency.products.iter().map(|product| {
                let ProductTotal { product_id, quantity, revenue_cents } = product;
                format!("{} {product_id} {quantity} {revenue_cents}", of_currency.currency)
            }));
        }
        lines
    }

    /// Checks the requests since the last call, and their read units.
    pub(crate) fn assert_read(&self, requests: &[&str], units: f64) {
        let read = self.db.recorder().read_units();
        assert!((read - units).abs() < 0.1, "{read} units");
        assert_eq!(self.requests(), requests);
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        support::requests(&self.db)
    }
}

/// The days of January 1970 from `from` to `to`.
pub(crate) fn days(from: u8, to: u8) -> DayRange {
    let day = |day: u8| format!("1970-01-{day:02}").parse().unwrap();
    DayRange::new(day(from), day(to), 31).unwrap()
}

pub(crate) fn in_status(status: &str) -> AnalyticsChange {
    let status = CountedStatus { status: status.to_owned(), is_sold: status != "cancelled" };
    AnalyticsChange { opened: None, status: Some(status) }
}

/// The opening of an order on the given day of January 1970. Each product has an id, a quantity and a price.
pub(crate) fn opened(day: i64, currency: &str, products: &[(&str, i64, i64)]) -> AnalyticsChange {
    let line = |(product, quantity, unit_price_cents): &(&str, i64, i64)| OrderLine {
        product_id: (*product).to_owned(),
        name: None,
        quantity: *quantity,
        unit_price_cents: *unit_price_cents,
    };
    let opened = OpenedOrder {
        opened_at: at((day - 1) * DAY + 7),
        currency: currency.to_owned(),
        total_amount_cents: products.iter().map(|(_, quantity, price)| quantity * price).sum(),
        lines: products.iter().map(line).collect(),
    };
    AnalyticsChange { opened: Some(opened), ..in_status("pending") }
}
