//! Wires the function that updates the histories of orders.

fn main() -> Result<(), lambda::Error> {
    projections::run::<projections::HistoryProjection>(env!("CARGO_BIN_NAME"))
}
