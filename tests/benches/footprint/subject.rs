//! The subjects of the benchmark: functions in the settings in which they are measured. Each subject is a row of the
//! result.

use crate::Error;

/// The bare function, the baseline for all other functions.
pub(crate) const BARE: &str = "bare";
/// The bare function with an internal extension.
pub(crate) const EXTENDED: &str = "extended";
/// `create-order` built without telemetry.
pub(crate) const UNTRACED: &str = "untraced";

/// The number of orders or products on a full page.
pub(crate) const PAGE: usize = 20;

/// The environment in which a function is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// The function calls DynamoDB over plain HTTP and exports no spans.
    Plain,
    /// The function calls DynamoDB over HTTPS and exports no spans.
    Https,
    /// The function calls DynamoDB over plain HTTP and exports the spans of every trace to a collector.
    Traced,
}

/// A function in one setting.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The name of the package and of its binary.
    pub(crate) function: &'static str,
    /// The setting.
    pub(crate) setting: Setting,
    /// A description of one invocation.
    pub(crate) invocation: &'static str,
}

/// All rows, the bare function first.
pub(crate) const SUBJECTS: [Subject; 27] = [
    plain(BARE, "answers the event of create-order with the event; no DynamoDB"),
    plain(EXTENDED, "the same with an internal extension that receives the invocation and does nothing"),
    plain(UNTRACED, "create-order without telemetry code: PutItem"),
    plain("create-order", "creates an order of three items: PutItem"),
    traced("create-order"),
    Subject {
        function: "create-order",
        setting: Setting::Https,
        invocation: "the same over HTTPS; the first invocation opens the connection",
    },
    plain("confirm-order", "confirms a pending order, each time a new one: Query, PutItem"),
    plain("ship-order", "ships a confirmed order, each time a new one: Query, PutItem"),
    plain("deliver-order", "delivers a shipped order, each time a new one: Query, PutItem"),
    plain("cancel-order", "cancels a pending order, each time a new one: Query, PutItem"),
    plain("submit-batch", "executes six commands, each time on new orders: 5 Query, 5 PutItem"),
    plain("register-product", "registers a product, each time a new one: Query, PutItem"),
    plain("discontinue-product", "discontinues a product, each time a new one: Query, PutItem"),
    plain("get-order", "reads the view of one shipped order, always the same: GetItem"),
    traced("get-order"),
    plain("list-orders", "reads a page of 20 shipped orders, always the same: a Query for each partition"),
    plain(
        "search-orders",
        "finds a page of 20 shipped orders by a word, always the same: Query, BatchGetItem",
    ),
    plain("get-order-history", "reads the three events of an order, always the same: GetItem, Query"),
    plain("get-analytics", "reads the totals of three days, always the same: one Query"),
    plain("get-product", "reads the view of one product, always the same: GetItem"),
    plain("list-products", "reads a page of 20 products, always the same: Query"),
    plain("order-projection", "projects the 3 records of an order, each time a new one: UpdateItem"),
    traced("order-projection"),
    plain("product-projection", "projects the 3 records of a product, each time a new one: UpdateItem"),
    plain(
        "history-projection",
        "stores the 3 records of an order, each time a new one: 3 PutItem, UpdateItem",
    ),
    plain(
        "search-projection",
        "indexes the 3 records of an order, each time a new one: GetItem, BatchWriteItem, UpdateItem",
    ),
    plain(
        "analytics-projection",
        "counts the 3 records of an order, each time a new one: TransactWriteItems",
    ),
];

/// The first subject with `function`.
pub(crate) fn subject(function: &str) -> Result<&'static Subject, Error> {
    let found = SUBJECTS.iter().find(|subject| subject.function == function);
    Ok(found.ok_or_else(|| format!("{function} is not measured"))?)
}

const fn plain(function: &'static str, invocation: &'static str) -> Subject {
    Subject { function, setting: Setting::Plain, invocation }
}

const fn traced(function: &'static str) -> Subject {
    Subject { function, setting: Setting::Traced, invocation: "the same with spans to a collector" }
}

impl Subject {
    /// The name of the row.
    pub(crate) fn name(&self) -> String {
        let setting = match self.setting {
            Setting::Plain => "",
            Setting::Https => ", HTTPS",
            Setting::Traced => ", traced",
        };
        format!("{}{setting}", self.function)
    }
}
