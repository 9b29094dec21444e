//! What is measured, one row each.

use crate::Error;

/// The bare function, which all others are measured against.
pub(crate) const BARE: &str = "bare";
/// The bare function with an internal extension.
pub(crate) const EXTENDED: &str = "extended";
/// `create-order` built without telemetry.
pub(crate) const UNTRACED: &str = "untraced";

/// The orders and products of a full page.
pub(crate) const PAGE: usize = 20;

/// How a function is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// It reaches `DynamoDB` over plain HTTP, and there are no spans.
    Plain,
    /// It reaches `DynamoDB` over HTTPS.
    Https,
    /// Its spans go to a collector, every trace of them.
    Traced,
}

/// A function in one setting.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The package, and the binary in it.
    pub(crate) function: &'static str,
    /// How it is started.
    pub(crate) setting: Setting,
    /// What one of its invocations is.
    pub(crate) invocation: &'static str,
}

/// All rows, the bare function first.
pub(crate) const SUBJECTS: [Subject; 27] = [
    plain(BARE, "the event of create-order is its own answer; no DynamoDB"),
    plain(EXTENDED, "the same beside an internal extension, which hears of it and does nothing"),
    plain(UNTRACED, "create-order without a line of telemetry's: PutItem"),
    plain("create-order", "opens a new order of three items: PutItem"),
    traced("create-order"),
    Subject {
        function: "create-order",
        setting: Setting::Https,
        invocation: "the same over HTTPS; the first one opens the connection",
    },
    plain("confirm-order", "confirms a pending order, another each time: Query, PutItem"),
    plain("ship-order", "ships a confirmed order, another each time: Query, PutItem"),
    plain("deliver-order", "delivers a shipped order, another each time: Query, PutItem"),
    plain("cancel-order", "cancels a pending order, another each time: Query, PutItem"),
    plain("submit-batch", "carries out six commands, on other orders each time: 5 Query, 5 PutItem"),
    plain("register-product", "registers a product, another each time: Query, PutItem"),
    plain("discontinue-product", "discontinues a product, another each time: Query, PutItem"),
    plain("get-order", "reads the view of one shipped order, the same each time: GetItem"),
    traced("get-order"),
    plain("list-orders", "reads a page of 20 shipped orders, the same each time: a Query for each partition"),
    plain(
        "search-orders",
        "finds a page of 20 shipped orders by a word, the same each time: Query, BatchGetItem",
    ),
    plain("get-order-history", "reads the three events of an order, the same each time: GetItem, Query"),
    plain(
        "get-analytics",
        "reads the totals of three days, the same each time: a Query for each of 8 shards",
    ),
    plain("get-product", "reads the view of one product, the same each time: GetItem"),
    plain("list-products", "reads a page of 20 products, the same each time: Query"),
    plain(
        "order-projection",
        "projects a batch of 3 records, a new order's whole life each time: UpdateItem",
    ),
    traced("order-projection"),
    plain(
        "product-projection",
        "projects a batch of 3 records, a new product's whole life each time: UpdateItem",
    ),
    plain(
        "history-projection",
        "keeps a batch of 3 records, a new order's whole life each time: 3 PutItem, UpdateItem",
    ),
    plain(
        "search-projection",
        "indexes a batch of 3 records, a new order's whole life each time: BatchWriteItem",
    ),
    plain(
        "analytics-projection",
        "counts a batch of 3 records, a new order's whole life each time: TransactWriteItems",
    ),
];

/// The first row of `function`.
pub(crate) fn subject(function: &str) -> Result<&'static Subject, Error> {
    let found = SUBJECTS.iter().find(|subject| subject.function == function);
    Ok(found.ok_or_else(|| format!("{function} is not measured"))?)
}

const fn plain(function: &'static str, invocation: &'static str) -> Subject {
    Subject { function, setting: Setting::Plain, invocation }
}

const fn traced(function: &'static str) -> Subject {
    Subject { function, setting: Setting::Traced, invocation: "the same with its spans to a collector" }
}

impl Subject {
    /// How a row is called.
    pub(crate) fn name(&self) -> String {
        let setting = match self.setting {
            Setting::Plain => "",
            Setting::Https => ", HTTPS",
            Setting::Traced => ", traced",
        };
        format!("{}{setting}", self.function)
    }
}
