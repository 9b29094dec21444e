//! Wires the function that updates the analytics counters.

fn main() -> Result<(), lambda::Error> {
    projections::run::<projections::AnalyticsProjection>(env!("CARGO_BIN_NAME"))
}
