//! The function that keeps the search index.

fn main() -> Result<(), lambda::Error> {
    projection::run::<projections::SearchProjection>(env!("CARGO_BIN_NAME"))
}
