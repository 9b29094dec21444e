//! The function that counts orders.

fn main() -> Result<(), lambda::Error> {
    projection::run::<projections::AnalyticsProjection>(env!("CARGO_BIN_NAME"))
}
