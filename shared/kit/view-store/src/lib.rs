//! What every read model in the query table stands on. It knows no read model.
//!
//! - A [`View`] is a struct whose fields are the attributes of one item a stream; `#[derive(View)]` says how. Its projection
//!   makes a [`Change`] of it, or a [`Fold`] where the view needs its past.
//! - What writes another form of view goes through [`write_view`], which moves the view's checkpoint;
//!   [`DynamoCheckpoints`] reads the checkpoints of any views.
//! - A query reads a view from [`Views`], and a list by [`MergedReading`]: several sorted partitions as one, page by
//!   page, from a [`Cursor`].
//! - [`ShardedCounters`] describes counters that are spread over items; [`counter_sums`] sums them.
//! - [`DynamoProgress`] keeps how far a rebuild is, and [`DynamoParity`] compares the rebuilt generation with another.

mod change;
mod checkpoints;
mod counters;
mod cursor;
mod error;
mod folded;
mod key;
mod merge;
mod page;
mod parity;
mod rebuild;
mod view;

pub use change::{Change, Field};
pub use checkpoints::DynamoCheckpoints;
pub use counters::{CounterFamily, ShardedCounters, counter_sums};
pub use cursor::{Cursor, CursorError, CursorLayout, FilterDigest, Position, filter_digest};
pub use dynamo::{AttributeMap, CorruptItem, Item};
pub use error::{ListError, ReadError};
pub use folded::{Fold, FoldedView, FoldedViews};
pub use key::{ItemKey, VERSION};
pub use kit_derive::View;
pub use merge::{KeyRange, MergedReading, Piece, Positioned, Unread};
pub use page::{InvalidLimit, PageLimit, SortedPartition};
pub use parity::{Difference, DynamoParity, Generation, ParityCursor, ParityPage};
pub use rebuild::{DynamoProgress, SegmentProgress, Summary};
pub use view::{
    Consistency, QueryTable, StoredChange, View, ViewUpdate, Views, id_in_key, read_view, view_key,
    write_view,
};
