//! The event table in the place of records that are no longer in the stream.

use std::num::NonZeroU16;
use std::time::Duration;

use es_core::{Commit, EventReader, ScanCursor, Segment, Timestamp};
use tokio::time::Instant;

use crate::redrive::Views;

/// How much later than it was accepted a commit may have come into the stream: DynamoDB writes it there within
/// seconds, and catches up after a disturbance.
const LATE: Duration = Duration::from_hours(1);

/// How much earlier by another clock.
const SKEW: Duration = Duration::from_mins(5);

/// How many commits one read brings at most.
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(199);

/// The times at which records came into the stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrivals {
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

/// How a rereading ended.
pub(crate) enum Reread {
    /// Every commit of that time is in the views.
    Whole { applied: u64, duplicates: u64 },
    /// The time was up behind this place.
    Unfinished(Option<ScanCursor>),
}

impl Arrivals {
    /// Whether `commit` can have been among the records.
    fn admit(&self, commit: &Commit) -> bool {
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let at = commit.metadata.occurred_at.micros();
        at >= self.first.micros().saturating_sub(micros(LATE))
            && at <= self.last.micros().saturating_add(micros(SKEW))
    }
}

impl<R: EventReader + Clone> Views<R> {
    /// Brings the projection called `name` as far as all commits that can have come into the stream at the time of
    /// `arrivals`, from `from` on, until `deadline`.
    ///
    /// The event table has no order by time, so that all of it is read; only what is of that time is projected.
    pub(crate) async fn reread(
        &self,
        name: &str,
        arrivals: Arrivals,
        from: Option<ScanCursor>,
        deadline: Instant,
    ) -> Result<Reread, String> {
        let whole = Segment { index: 0, total: 1 };
        let (mut applied, mut duplicates, mut cursor) = (0, 0, from);
        while Instant::now() < deadline {
            let page = self.events.load_all(whole, cursor.as_ref(), PAGE).await;
            let page = page.map_err(|error| format!("the event table cannot be read: {error}"))?;
            let commits: Vec<Commit> =
                page.commits.into_iter().filter(|commit| arrivals.admit(commit)).collect();
            let replayed = self.replay(name, &commits, deadline).await?;
            if let Some(left) = replayed.left.first() {
                return Err(format!("{} is held: {}", left.stream, left.reason));
            }
            self.verify(&commits, |projection| projection == name).await?;
            applied += replayed.applied;
            duplicates += replayed.duplicates;
            cursor = page.next;
            if cursor.is_none() {
                return Ok(Reread::Whole { applied, duplicates });
            }
        }
        Ok(Reread::Unfinished(cursor))
    }
}
