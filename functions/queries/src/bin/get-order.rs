//! Wires the function that answers one order.

fn main() -> Result<(), lambda::Error> {
    queries::run(read_store::DynamoOrderViews::new, queries::get_order::handle)
}
