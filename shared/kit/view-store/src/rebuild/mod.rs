//! The progress of a rebuild, stored in the generation that is built.
//!
//! | item | pk | sk | attributes |
//! | --- | --- | --- | --- |
//! | the plan | `rebuild` | `plan` | `segments`, the number of parts of the scan; `run`, how often the rebuild has started |
//! | a segment's checkpoint | `rebuild` | `segment#<index, 7 digits>` | `run`, `cursor`, `pages`, `commits`, `held`, `unreadable`, `finished` |
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

/// The counts of one or more pages of a rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PageCounts {
    /// The number of commits.
    pub commits: u64,
    /// How often a stream stopped before the commits of a page because an event cannot be read or a view cannot be
    /// written. The log has the details.
    pub held: u64,
    /// The number of items of the event table that are not commits. The log has the details.
    pub unreadable: u64,
}

impl PageCounts {
    /// The counts of all `pages` together.
    #[must_use]
    pub fn sum(pages: impl IntoIterator<Item = Self>) -> Self {
        pages.into_iter().fold(Self::default(), |sum, page| Self {
            commits: sum.commits + page.commits,
            held: sum.held + page.held,
            unreadable: sum.unreadable + page.unreadable,
        })
    }
}

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
    /// The counts of these pages.
    pub counts: PageCounts,
    /// Whether the scan of the segment has ended.
    pub finished: bool,
}

impl SegmentProgress {
    /// The start of `segment` in the run with the number `run`.
    #[must_use]
    pub const fn beginning(segment: Segment, run: u64) -> Self {
        let counts = PageCounts { commits: 0, held: 0, unreadable: 0 };
        Self { segment, run, cursor: None, pages: 0, counts, finished: false }
    }

    /// The progress after one more page with the given counts. `next` is the cursor of the page after that one.
    #[must_use]
    pub fn after_page(&self, next: Option<ScanCursor>, page: PageCounts) -> Self {
        Self {
            segment: self.segment,
            run: self.run,
            finished: next.is_none(),
            cursor: next,
            pages: self.pages + 1,
            counts: PageCounts::sum([self.counts, page]),
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
    /// The counts of all pages that are in the views.
    #[serde(flatten)]
    pub counts: PageCounts,
}

impl RebuildProgress {
    /// Adds up the progress of `segments`.
    #[must_use]
    pub fn from_segments(segments: &[SegmentProgress]) -> Self {
        Self {
            run: segments.first().map_or(0, |segment| segment.run),
            segments: segments.len(),
            finished: segments.iter().filter(|segment| segment.finished).count(),
            counts: PageCounts::sum(segments.iter().map(|segment| segment.counts)),
        }
    }

    /// Whether all segments have ended.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.segments > 0 && self.finished == self.segments
    }
}
