//! The handler on API Gateway's payloads: what every command on an order passes.

use crate::order_command::OrderCommand;

crate::order_command!(OrderCommand {
    name: "confirm-order",
    after: &["create-order"],
    sample: "confirm",
    reaches: (2, "confirmed")
});
