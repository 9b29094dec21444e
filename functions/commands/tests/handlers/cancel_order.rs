//! Tests the handler with API Gateway payloads: the contract of every command.

use crate::{CommandContract, ORDER_COMMAND};

testing::command_contract!(CommandContract {
    name: "cancel-order",
    sample: "with-reason",
    answer: (200, 2, "cancelled"),
    ..ORDER_COMMAND
});
