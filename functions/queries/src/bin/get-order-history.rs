//! Wires the function that returns an order's history.

fn main() -> Result<(), lambda::Error> {
    queries::run(views::DynamoHistories::new, queries::get_order_history::handle)
}
