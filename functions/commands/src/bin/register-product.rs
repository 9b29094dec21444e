//! Wires the function that registers new products and changes existing ones.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::register_product::handle)
}
