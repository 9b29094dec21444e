//! Wires the function that lists products.

fn main() -> Result<(), lambda::Error> {
    queries::run(views::DynamoProductViews::new, queries::list_products::handle)
}
