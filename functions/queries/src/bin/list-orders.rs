//! Wires the function that lists orders.

fn main() -> Result<(), lambda::Error> {
    queries::run(views::DynamoOrderViews::new, queries::list_orders::handle)
}
