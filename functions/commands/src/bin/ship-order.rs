//! Wires the function that records shipments.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::ship_order::handle)
}
