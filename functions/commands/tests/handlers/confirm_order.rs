//! The handler on API Gateway's payloads: what every command passes.

use crate::{Command, ORDER_COMMAND};

testing::command_contract!(Command {
    name: "confirm-order",
    sample: "confirm",
    answer: (200, 2, "confirmed"),
    ..ORDER_COMMAND
});
