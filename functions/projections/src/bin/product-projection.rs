//! Wires the function that updates the views of products.

fn main() -> Result<(), lambda::Error> {
    projections::run::<projections::ProductProjection>(env!("CARGO_BIN_NAME"))
}
