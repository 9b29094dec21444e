//! The function that brings back what projections could not do.

fn main() -> Result<(), lambda::Error> {
    operators::redrive::run()
}
