//! The handler on API Gateway's payloads: what every command on an order passes.

use crate::order_command::OrderCommand;

crate::order_command!(OrderCommand {
    name: "cancel-order",
    after: &["create-order"],
    sample: "with-reason",
    reaches: (2, "cancelled")
});
