//! Wires the function that executes batches of commands.

fn main() -> Result<(), lambda::Error> {
    commands::run_priced(commands::submit_batch::handle)
}
