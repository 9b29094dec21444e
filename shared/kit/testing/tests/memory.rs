//! The event store in memory passes the contract of every event store.

testing::store_contract!(async { testing::InMemoryEventStore::default() });
