//! Wires the function that projects failed records again.

fn main() -> Result<(), lambda::Error> {
    operators::redrive::run()
}
