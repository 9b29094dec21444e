//! Tests the handler with API Gateway payloads: the contract of every command.

use crate::{CommandContract, ORDER_COMMAND};

testing::command_contract!(CommandContract {
    name: "confirm-order",
    sample: "confirm",
    answer: (200, 2, "confirmed"),
    ..ORDER_COMMAND
});
