//! What can go wrong when the tables are set up.

/// The database cannot be opened or a table cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The engine refused.
    #[error("DynamoDB: {0}")]
    Engine(#[from] dynoxide::DynoxideError),
    /// A request for a table was malformed.
    #[error("table {table}: {problem}")]
    Definition {
        /// Name of the table.
        table: String,
        /// What is wrong.
        problem: String,
    },
    /// The stored table is not the template's.
    #[error(
        "table {table} was stored with another {part} than the template has: use another --data directory"
    )]
    Changed {
        /// Name of the table.
        table: String,
        /// Which part differs.
        part: &'static str,
    },
    /// No loopback port.
    #[error("DynamoDB: no loopback port: {0}")]
    Listen(#[source] std::io::Error),
}
