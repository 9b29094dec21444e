//! Wires the function that builds a generation of the query table.

fn main() -> Result<(), lambda::Error> {
    operators::rebuild::run()
}
