//! Wires the function that records deliveries.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::deliver_order::handle)
}
