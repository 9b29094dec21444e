//! Wires the function that creates orders.

fn main() -> Result<(), lambda::Error> {
    commands::run_priced(commands::create_order::handle)
}
