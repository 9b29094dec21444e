//! Wires the function that returns the analytics.

fn main() -> Result<(), lambda::Error> {
    queries::run(views::DynamoAnalytics::new, queries::get_analytics::handle)
}
