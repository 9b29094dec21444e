//! Wires the function that returns one product.

fn main() -> Result<(), lambda::Error> {
    queries::run(views::DynamoProductViews::new, queries::get_product::handle)
}
