//! The ids of the shop's staff in orders and their histories. Only the staff may read them.

use http_api::Caller;
use serde_json::Value;
use views::{HistoryEvent, OrderView};

/// The member of an event's data with the id of a member of staff.
const CONFIRMED_BY: &str = "confirmed_by";

/// `order` as `caller` may read it. A customer does not see who confirmed the order.
pub(crate) fn order_for(caller: &Caller, order: OrderView) -> OrderView {
    let confirmed_by = order.confirmed_by.filter(|_| is_staff(caller));
    OrderView { confirmed_by, ..order }
}

/// `event` as `caller` may read it. A customer does not see who confirmed the order.
pub(crate) fn event_for(caller: &Caller, mut event: HistoryEvent) -> HistoryEvent {
    if let Value::Object(data) = &mut event.data
        && !is_staff(caller)
    {
        data.remove(CONFIRMED_BY);
    }
    event
}

/// Whether the caller may read the orders of all customers.
fn is_staff(caller: &Caller) -> bool {
    caller.may_see(None)
}
