//! Wires the function that updates the search index.

fn main() -> Result<(), lambda::Error> {
    projections::run::<projections::SearchProjection>(env!("CARGO_BIN_NAME"))
}
