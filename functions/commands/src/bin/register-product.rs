//! Wires the function that offers products, new or changed.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::register_product::handle)
}
