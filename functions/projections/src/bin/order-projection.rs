//! Wires the function that updates the views of orders.

fn main() -> Result<(), lambda::Error> {
    projections::run::<projections::OrderProjection>(env!("CARGO_BIN_NAME"))
}
