//! The parts that all read models in the query table share. The crate depends on no particular read model.
//!
//! - A [`View`] is a struct whose fields are the attributes of one item. Each stream has one item, and
//!   `#[derive(View)]` implements the trait. The view's projection produces a [`Change`], or a [`Fold`] if the next
//!   state depends on the current state.
//! - A writer for views of another form calls [`write_view`], which moves the view's checkpoint. [`DynamoCheckpoints`]
//!   reads the checkpoints of views of any kind.
//! - A query reads a view from [`Views`]. It reads a list with [`MergedReading`], which merges several sorted
//!   partitions into one list and returns the pages after a [`Cursor`]. [`PageLimit`] bounds the entries and the bytes
//!   of every page.
//! - [`ShardedCounters`] describes counters that are sharded over items. [`counter_sums`] adds the shards up.
//! - [`Generations`] says which of the two generations of the query table is live. [`KnownGenerations`] is what a function
//!   knows about it.
//! - [`DynamoProgress`] stores the progress of a rebuild. [`DynamoParity`] compares the rebuilt generation with another
//!   one.

mod change;
mod checkpoints;
mod consistency;
mod counters;
mod cursor;
mod emptying;
mod error;
mod folded;
mod generations;
mod key;
mod limit;
mod merge;
mod page;
mod parity;
mod rebuild;
mod view;

pub use change::{Change, Field};
pub use checkpoints::{DynamoCheckpoints, checkpoint_read, newest_checkpoint, version_of_newest};
pub use consistency::Consistency;
pub use counters::{CounterKey, CounterSums, ShardedCounters, Sums, counter_shard, counter_sums};
pub use cursor::{Cursor, CursorError, CursorLayout, FilterDigest, Position, filter_digest};
pub use dynamo::{AttributeMap, CorruptItem, Item};
pub use emptying::{EmptiedPage, EmptiedTable};
pub use error::{ListError, ReadError};
pub use folded::{Fold, FoldedView, FoldedViews};
pub use generations::{
    DynamoGenerations, FinishedComparison, Generation, GenerationNames, Generations, KnownGenerations,
    MAX_AGE_VARIABLE, MissedCounts, OtherWritten, QueryTables, SecondGeneration, Stage,
};
pub use key::{CheckpointItem, ItemKey, VERSION};
pub use kit_derive::View;
pub use limit::{InvalidLimit, Measured, PageLimit, first_that_fit};
pub use merge::{KeyRange, MergedReading, Piece, Positioned, Unread};
pub use page::SortedPartition;
pub use parity::{
    ComparedTable, CounterPage, CounterPartition, CounterPosition, Difference, DynamoParity, ParityCursor,
    ParityPage,
};
pub use rebuild::{DynamoProgress, PageCounts, RebuildProgress, SegmentProgress};
pub use view::{
    QueryTable, StoredChange, View, ViewUpdate, Views, id_in_key, read_view, view_key, write_view,
};
