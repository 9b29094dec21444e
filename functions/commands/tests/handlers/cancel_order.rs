//! The handler on API Gateway's payloads: what every command passes.

use crate::{Command, ORDER_COMMAND};

testing::command_contract!(Command {
    name: "cancel-order",
    sample: "with-reason",
    answer: (200, 2, "cancelled"),
    ..ORDER_COMMAND
});
