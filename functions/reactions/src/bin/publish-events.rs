//! Wires the function that publishes events.

fn main() -> Result<(), lambda::Error> {
    reactions::publish_events::run()
}
