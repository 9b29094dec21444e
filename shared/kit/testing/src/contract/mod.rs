//! The contract of every event store, with one function for each obligation.
//!
//! Each function takes an empty store. [`store_contract!`](crate::store_contract) makes a test of each obligation.

mod appending;
mod fixture;
mod loading;
mod racing;
mod remembering;
mod scanning;

pub use appending::{
    a_commit_is_loaded_as_it_was_appended, a_commit_that_is_too_large_is_refused,
    a_commit_without_events_is_refused, a_conflict_returns_the_stored_commit,
    a_repeated_append_returns_the_stored_commit, streams_are_independent,
};
pub use fixture::{StreamBuilder, UNUSED_SCHEMA, all, at_page, check_schema, stream};
pub use loading::{
    a_load_ignores_snapshots_of_another_schema, a_load_reads_all_pages, a_load_starts_at_the_newest_snapshot,
    a_load_stops_at_a_version, a_missing_stream_is_empty, commits_after_a_version_are_limited_and_in_order,
    large_commits_are_read_completely, pages_of_commits_go_on_after_their_last_version,
};
pub use racing::one_writer_wins_each_version;
pub use remembering::{a_key_of_another_caller_is_a_conflict, keys_are_remembered_for_24_hours};
pub use scanning::{a_scan_continues_from_any_cursor, a_scan_returns_every_commit_once_in_order};

/// Makes a test for every obligation of [`contract`](crate::contract). `$store` is a future that makes an empty store
/// for each test.
///
/// The calling crate needs `tokio` with `macros` and `rt`.
#[macro_export]
macro_rules! store_contract {
    ($store:expr) => {
        $crate::store_contract! { @each $store;
            commits_after_a_version_are_limited_and_in_order
            pages_of_commits_go_on_after_their_last_version
            a_conflict_returns_the_stored_commit
            a_commit_without_events_is_refused
            large_commits_are_read_completely
            a_load_starts_at_the_newest_snapshot
            a_load_reads_all_pages
            a_load_ignores_snapshots_of_another_schema
            a_load_stops_at_a_version
            a_missing_stream_is_empty
            one_writer_wins_each_version
            a_key_of_another_caller_is_a_conflict
            keys_are_remembered_for_24_hours
            a_repeated_append_returns_the_stored_commit
            a_scan_returns_every_commit_once_in_order
            a_scan_continues_from_any_cursor
            streams_are_independent
            a_commit_that_is_too_large_is_refused
            a_commit_is_loaded_as_it_was_appended
        }
    };
    (@each $store:expr; $($obligation:ident)+) => {
        $(
            #[tokio::test]
            async fn $obligation() {
                $crate::contract::$obligation($store.await).await;
            }
        )+
    };
}
