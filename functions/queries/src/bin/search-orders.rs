//! Wires the function that searches orders.

fn main() -> Result<(), lambda::Error> {
    queries::run(views::DynamoOrderViews::new, queries::search_orders::handle)
}
