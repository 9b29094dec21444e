//! The DynamoDB adapter of the event store's ports.
