//! Wires the function that answers the analytics.

fn main() -> Result<(), lambda::Error> {
    queries::run(read_store::DynamoAnalytics::new, queries::get_analytics::handle)
}
