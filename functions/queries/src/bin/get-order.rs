//! Wires the function that returns one order.

fn main() -> Result<(), lambda::Error> {
    queries::run(views::DynamoOrderViews::new, queries::get_order::handle)
}
