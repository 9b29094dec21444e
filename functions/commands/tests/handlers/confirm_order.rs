//! Tests the handler with API Gateway payloads: the contract of every command.

use crate::{Command, FULFILMENT};

testing::command_contract!(Command {
    name: "confirm-order",
    sample: "confirm",
    answer: (200, 2, "confirmed"),
    ..FULFILMENT
});
