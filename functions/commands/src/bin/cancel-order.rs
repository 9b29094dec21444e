//! Wires the function that gives orders up.

fn main() -> Result<(), lambda::Error> {
    commands::run(commands::cancel_order::handle)
}
