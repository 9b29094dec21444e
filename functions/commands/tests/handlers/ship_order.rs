//! The handler on API Gateway's payloads: what every command on an order passes.

use crate::order_command::OrderCommand;

crate::order_command!(OrderCommand {
    name: "ship-order",
    after: &["create-order", "confirm-order"],
    sample: "ship",
    reaches: (3, "shipped")
});
