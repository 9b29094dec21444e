//! Streams brought up to date on an operator's word.

use std::num::NonZeroU16;

use es_core::{EventReader, StreamId, StreamVersion};
use tokio::time::Instant;

use crate::redrive::{Outcome, Views};

/// How many commits one read brings at most.
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(99);

impl<R: EventReader + Clone> Views<R> {
    /// Brings every view of `stream` as far as the event table has it.
    pub(crate) async fn catch_up(&self, stream: &StreamId, deadline: Instant) -> Outcome {
        match self.through(stream, deadline).await {
            Ok((applied, duplicates)) => Outcome::Done { applied, duplicates, set_aside: 0 },
            Err(reason) => Outcome::Left { reason },
        }
    }

    async fn through(&self, stream: &StreamId, deadline: Instant) -> Result<(u64, u64), String> {
        let (mut applied, mut duplicates, mut reached) = (0, 0, StreamVersion::NONE);
        while Instant::now() < deadline {
            let commits = self.events.commits_after(stream, reached, PAGE).await;
            let commits = commits.map_err(|error| format!("the event table cannot be read: {error}"))?;
            let Some(last) = commits.last() else {
                let there_is_none = reached == StreamVersion::NONE;
                return if there_is_none {
                    Err("there is no such stream".to_owned())
                } else {
                    Ok((applied, duplicates))
                };
            };
            reached = last.last();
            let replayed = self.projections.replay(&commits, deadline).await;
            if let Some(left) = replayed.left.first() {
                return Err(format!("{} does not get on: {}", left.projection, left.reason));
            }
            self.verify(&commits, |_| true).await?;
            applied += replayed.applied;
            duplicates += replayed.duplicates;
        }
        Err(format!("the time was up behind version {reached}"))
    }
}
