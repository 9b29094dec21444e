//! Wires the function that lists orders.

fn main() -> Result<(), lambda::Error> {
    queries::run(read_store::DynamoOrderViews::new, queries::list_orders::handle)
}
