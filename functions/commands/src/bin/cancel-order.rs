//! Wires the function that cancels orders.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::cancel_order::handle)
}
