//! Tests the handler with API Gateway payloads: the contract of every command.

use crate::{CommandContract, FULFILMENT};

testing::command_contract!(CommandContract {
    name: "confirm-order",
    sample: "confirm",
    answer: (200, 2, "confirmed"),
    ..FULFILMENT
});
