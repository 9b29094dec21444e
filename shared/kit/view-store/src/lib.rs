//! What every read model in the query table stands on. It knows no read model.
//!
//! - A projection writes a view by [`write_view`], which moves the view's checkpoint; [`DynamoCheckpoints`] reads the
//!   checkpoints of any views.
//! - A query reads a view by [`read_view`], and a list by [`MergedReading`]: several sorted partitions as one, page by
//!   page, from a [`Cursor`].
//! - [`ShardedCounters`] describes counters that are spread over items; [`counter_sums`] sums them.
//! - [`DynamoProgress`] keeps how far a rebuild is, and [`DynamoParity`] compares the rebuilt generation with another.

mod checkpoints;
mod counters;
mod cursor;
mod error;
mod key;
mod merge;
mod page;
mod parity;
mod rebuild;
mod view;

pub use checkpoints::DynamoCheckpoints;
pub use counters::{CounterFamily, ShardedCounters, counter_sums};
pub use cursor::{Cursor, CursorError, CursorLayout, FilterDigest, Position, filter_digest};
pub use error::{ListError, ReadError};
pub use key::{ItemKey, VERSION};
pub use merge::{KeyRange, MergedReading, Piece, Positioned, Unread};
pub use page::{InvalidLimit, PageLimit, SortedPartition};
pub use parity::{Difference, DynamoParity, Generation, ParityCursor, ParityPage};
pub use rebuild::{DynamoProgress, SegmentProgress, Summary};
pub use view::{ViewUpdate, read_view, write_view};
