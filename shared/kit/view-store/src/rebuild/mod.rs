//! The progress of a rebuild, stored in the generation that is built.
//!
//! | item | pk | sk | attributes |
//! | --- | --- | --- | --- |
//! | the plan | `rebuild` | `plan` | `segments`, the number of parts of the scan; `run`, how often the rebuild has started |
//! | a segment's checkpoint | `rebuild` | `segment#<index, 7 digits>` | `run`, `cursor`, `pages`, `commits`, `held`, `finished` |
//!
//! A segment's checkpoint moves only after everything before it is in the views. A rebuild that was interrupted at any
//! point therefore continues where it stopped, and work that it repeats changes nothing. A checkpoint counts only for
//! its own run, so one write of the plan restarts the whole rebuild.

mod store;

use es_core::{ScanCursor, Segment};
use serde::Serialize;

pub use store::DynamoProgress;

/// The partition key of all items that a rebuild stores about itself.
pub(crate) const REBUILD: &str = "rebuild";

/// The progress of the rebuild in one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentProgress {
    /// The segment.
    pub segment: Segment,
    /// The number of the rebuild's run, starting at 1.
    pub run: u64,
    /// The position where the segment's scan continues; `None` at the start.
    pub cursor: Option<ScanCursor>,
    /// The number of pages that are in the views.
    pub pages: u64,
    /// The number of commits on these pages.
    pub commits: u64,
    /// How often a stream stopped before the commits of a page because an event cannot be read or a view cannot be
    /// written.
    pub held: u64,
    /// Whether the scan of the segment has ended.
    pub finished: bool,
}

impl SegmentProgress {
    /// The start of `segment` in the run with the number `run`.
    #[must_use]
    pub const fn beginning(segment: Segment, run: u64) -> Self {
        Self { segment, run, cursor: None, pages: 0, commits: 0, held: 0, finished: false }
    }

    /// The progress after one more page. `next` is the cursor of the page after that one.
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

/// The progress of a rebuild over all segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RebuildProgress {
    /// How often the rebuild has started; 0 if it never has.
    pub run: u64,
    /// The number of segments of the scan.
    pub segments: usize,
    /// The number of segments whose scan has ended.
    pub finished: usize,
    /// The number of commits in the views.
    pub commits: u64,
    /// How often a stream stopped because an event cannot be read or a view cannot be written. The log has the details.
    pub held: u64,
}

impl RebuildProgress {
    /// Adds up the progress of `segments`.
    #[must_use]
    pub fn from_segments(segments: &[SegmentProgress]) -> Self {
        Self {
            run: segments.first().map_or(0, |segment| segment.run),
            segments: segments.len(),
            finished: segments.iter().filter(|segment| segment.finished).count(),
            commits: segments.iter().map(|segment| segment.commits).sum(),
            held: segments.iter().map(|segment| segment.held).sum(),
        }
    }

    /// Whether all segments have ended.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.segments > 0 && self.finished == self.segments
    }
}
