//! What is measured, one row each.

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
pub(crate) const SUBJECTS: [Subject; 9] = [
    plain(BARE, "the event of create-order is its own answer; no DynamoDB"),
    plain("create-order", "opens a new order of three items: PutItem"),
    Subject {
        function: "create-order",
        https: true,
        invocation: "the same over HTTPS; the first one opens the connection",
    },
    plain("confirm-order", "confirms a pending order, another each time: Query, PutItem"),
    plain("ship-order", "ships a confirmed order, another each time: Query, PutItem"),
    plain("cancel-order", "cancels a pending order, another each time: Query, PutItem"),
    plain("get-order", "reads the view of one shipped order, the same each time: GetItem"),
    plain("list-orders", "reads a page of 20 shipped orders, the same each time: a Query for each partition"),
    plain(
        "order-projection",
        "projects a batch of 3 records, a new order's whole life each time: UpdateItem",
    ),
];

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
