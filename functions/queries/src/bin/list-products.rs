//! Wires the function that lists products.

fn main() -> Result<(), lambda::Error> {
    queries::run(read_store::DynamoProductViews::new, queries::list_products::handle)
}
