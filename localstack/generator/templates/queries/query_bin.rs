//! Wires the function that answers the view `wing-span` of one paper crane.

fn main() -> Result<(), lambda::Error> {
    queries::run(views::DynamoWingSpanViews::new, queries::look_up::handle)
}
