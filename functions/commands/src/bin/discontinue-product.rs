//! Wires the function that discontinues products.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::discontinue_product::handle)
}
