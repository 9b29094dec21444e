//! Wires the function that tells that the API runs.

fn main() -> Result<(), lambda::Error> {
    queries::run_without_views(queries::health::handle)
}
