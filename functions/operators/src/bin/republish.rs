//! Wires the function that publishes events again.

fn main() -> Result<(), lambda::Error> {
    operators::republish::run()
}
