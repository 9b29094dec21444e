//! Wires the function that searches orders.

fn main() -> Result<(), lambda::Error> {
    queries::run(read_store::DynamoOrderViews::new, queries::search_orders::handle)
}
