//! Wires the function that answers an order's history.

fn main() -> Result<(), lambda::Error> {
    queries::run(read_store::DynamoHistories::new, queries::get_order_history::handle)
}
