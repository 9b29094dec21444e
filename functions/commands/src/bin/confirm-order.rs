//! Wires the function that accepts orders for shipment.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::confirm_order::handle)
}
