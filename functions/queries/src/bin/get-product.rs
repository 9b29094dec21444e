//! Wires the function that answers one product.

fn main() -> Result<(), lambda::Error> {
    queries::run(read_store::DynamoProductViews::new, queries::get_product::handle)
}
