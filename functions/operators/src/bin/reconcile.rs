//! Wires the function that compares views with their streams.

fn main() -> Result<(), lambda::Error> {
    operators::reconcile::run()
}
