//! Wires the function that updates the views `wing-span`.

fn main() -> Result<(), lambda::Error> {
    projections::run::<projections::WingSpanProjection>(env!("CARGO_BIN_NAME"))
}
