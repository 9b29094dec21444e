//! Wires the function that answers the analytics.

fn main() -> Result<(), lambda::Error> {
    queries::run(views::DynamoAnalytics::new, queries::get_analytics::handle)
}
