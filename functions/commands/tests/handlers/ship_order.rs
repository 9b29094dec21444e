//! Tests the handler with API Gateway payloads: the contract of every command.

use crate::{CommandContract, ORDER_COMMAND};

testing::command_contract!(CommandContract {
    name: "ship-order",
    after: &["create-order", "confirm-order"],
    sample: "ship",
    answer: (200, 3, "shipped"),
    ..ORDER_COMMAND
});
