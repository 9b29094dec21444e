//! What every event store passes, one function an obligation.
//!
//! Each function takes an empty store. [`store_contract!`](crate::store_contract) makes a test of every one of them.

mod appending;
mod fixture;
mod loading;
mod racing;
mod scanning;

pub use appending::{
    conflict_gives_the_winner, eventless_commit_is_refused, same_key_gives_the_commit_that_is_there,
    streams_do_not_meet, too_large_commit_is_refused, what_is_appended_is_loaded,
};
pub use fixture::{NOTHING, Past, all, at_page, stream};
pub use loading::{
    commits_after_are_limited_and_in_order, large_commits_are_read_whole, load_begins_at_the_newest_snapshot,
    load_follows_pages, load_ignores_snapshots_of_another_schema, load_stops_at_a_version,
    missing_stream_is_empty,
};
pub use racing::one_writer_wins_each_version;
pub use scanning::{scan_gives_every_commit_once_in_order, scan_goes_on_from_any_cursor};

/// A test for every obligation of [`contract`](crate::contract), each on the store that `$store`, a future, brings.
///
/// The calling crate needs `tokio` with `macros` and `rt`.
#[macro_export]
macro_rules! store_contract {
    ($store:expr) => {
        $crate::store_contract! { @each $store;
            commits_after_are_limited_and_in_order
            conflict_gives_the_winner
            eventless_commit_is_refused
            large_commits_are_read_whole
            load_begins_at_the_newest_snapshot
            load_follows_pages
            load_ignores_snapshots_of_another_schema
            load_stops_at_a_version
            missing_stream_is_empty
            one_writer_wins_each_version
            same_key_gives_the_commit_that_is_there
            scan_gives_every_commit_once_in_order
            scan_goes_on_from_any_cursor
            streams_do_not_meet
            too_large_commit_is_refused
            what_is_appended_is_loaded
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
