//! What is measured, one row each.

use crate::Error;

/// The bare function, which all others are measured against.
pub(crate) const BARE: &str = "bare";

/// A function in one setting.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The package, and the binary in it.
    pub(crate) function: &'static str,
    /// Whether it reaches `DynamoDB` over HTTPS; over plain HTTP otherwise.
    pub(crate) https: bool,
    /// What one of its invocations is.
    pub(crate) invocation: &'static str,
}

/// All rows, the bare function first.
pub(crate) const SUBJECTS: [Subject; 22] = [
    plain(BARE, "the event of create-order is its own answer; no DynamoDB"),
    plain("create-order", "opens a new order of three items: PutItem"),
    Subject {
        function: "create-order",
        https: true,
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
    Subject { function, https: false, invocation }
}

impl Subject {
    /// How a row is called.
    pub(crate) fn name(&self) -> String {
        let setting = if self.https { ", HTTPS" } else { "" };
        format!("{}{setting}", self.function)
    }
}
