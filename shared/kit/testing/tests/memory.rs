//! The event store in memory fulfils the contract of every event store.

testing::store_contract!(async { testing::InMemoryEventStore::default() });
