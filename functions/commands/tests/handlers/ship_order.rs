//! The handler on API Gateway's payloads: what every command passes.

use crate::{Command, ORDER_COMMAND};

testing::command_contract!(Command {
    name: "ship-order",
    after: &["create-order", "confirm-order"],
    sample: "ship",
    answer: (200, 3, "shipped"),
    ..ORDER_COMMAND
});
