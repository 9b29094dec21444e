//! Wires the function that confirms orders.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::confirm_order::handle)
}
