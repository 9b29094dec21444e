//! Wires the function that ends the offer of products.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::discontinue_product::handle)
}
