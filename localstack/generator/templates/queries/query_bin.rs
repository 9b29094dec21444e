//! Wires the function that returns the view `wing-span` of one paper crane.

fn main() -> Result<(), lambda::Error> {
    queries::run(views::DynamoWingSpanViews::new, queries::look_up::handle)
}
