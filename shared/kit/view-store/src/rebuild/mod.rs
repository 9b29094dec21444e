//! The progress of a rebuild, kept in the generation that is built.
//!
//! | item | pk | sk | attributes |
//! | --- | --- | --- | --- |
//! | the plan | `rebuild` | `plan` | `segments`, how many parts the scan has; `run`, how often it has begun |
//! | a part's checkpoint | `rebuild` | `segment#<index, 7 digits>` | `run`, `cursor`, `pages`, `commits`, `held`, `finished` |
//!
//! A segment's checkpoint moves when everything before it is in the views, and not earlier. A rebuild that ended
//! anywhere therefore goes on where it was; what it does twice changes nothing. A checkpoint counts for its own run
//! only: a rebuild begins again with one write, of the plan.

mod store;

use es_core::{ScanCursor, Segment};
use serde::Serialize;

pub use store::DynamoProgress;

/// The partition of everything that a rebuild keeps of itself.
pub(crate) const REBUILD: &str = "rebuild";

/// How far the rebuild of one segment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentProgress {
    /// The segment.
    pub segment: Segment,
    /// Which run of the rebuild this is of, from 1 on.
    pub run: u64,
    /// Where its scan goes on; `None` at its beginning.
    pub cursor: Option<ScanCursor>,
    /// Pages that are in the views.
    pub pages: u64,
    /// Commits on them.
    pub commits: u64,
    /// How often a stream did not come as far as a page's commits, because something cannot be read or written.
    pub held: u64,
    /// Whether the scan is at its end.
    pub finished: bool,
}

impl SegmentProgress {
    /// The beginning of `segment` in the run with this number.
    #[must_use]
    pub const fn beginning(segment: Segment, run: u64) -> Self {
        Self { segment, run, cursor: None, pages: 0, commits: 0, held: 0, finished: false }
    }

    /// The progress one page later, whose end is `next`.
    #[must_use]
    pub fn after_page(&self, next: Option<ScanCursor>, commits: u64, held: u64) -> Self {
        Self {
            segment: self.segment,
            run: self.run,
            finished: next.is_none(),
            cursor: next,
            pages: self.pages + 1,
            commits: self.commits + commits,
            held: self.held + held,
        }
    }
}

/// How far a rebuild is, all segments together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// How often it has begun; 0 where it has not.
    pub run: u64,
    /// Parts of the scan.
    pub segments: usize,
    /// Those that are at their end.
    pub finished: usize,
    /// Commits that are in the views.
    pub commits: u64,
    /// How often a stream was held back by what cannot be read or written; the log says which.
    pub held: u64,
}

impl Summary {
    /// The sum of `segments`.
    #[must_use]
    pub fn of(segments: &[SegmentProgress]) -> Self {
        Self {
            run: segments.first().map_or(0, |segment| segment.run),
            segments: segments.len(),
            finished: segments.iter().filter(|segment| segment.finished).count(),
            commits: segments.iter().map(|segment| segment.commits).sum(),
            held: segments.iter().map(|segment| segment.held).sum(),
        }
    }

    /// Whether there is nothing left to do.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.segments > 0 && self.finished == self.segments
    }
}
