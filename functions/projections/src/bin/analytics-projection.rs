//! The function that counts orders.

fn main() -> Result<(), lambda::Error> {
    projections::run::<projections::AnalyticsProjection>(env!("CARGO_BIN_NAME"))
}
