//! Working on records: by the projection that they are for, and seen to be in its views.

use crate::rebuild::Projections;
use es_core::{Commit, EventReader, StreamVersion};
use event_stream::{Content, Record, decode};
use projection::{DeadLetter, Replayed};
use tokio::time::Instant;

use crate::redrive::Views;

/// What records came to.
#[derive(Default)]
pub(crate) struct Done<'a> {
    /// Commits that were written to views now.
    pub(crate) applied: u64,
    /// Commits that the views had.
    pub(crate) duplicates: u64,
    /// Records that cannot be projected.
    pub(crate) letters: Vec<DeadLetter<'a>>,
}

impl<R: EventReader + Clone> Views<R> {
    /// Projects `records` by the projection called `name`; what came of them, or why not all of them could be.
    pub(crate) async fn work<'a>(
        &self,
        name: &str,
        records: &'a [Record],
        deadline: Instant,
    ) -> Result<Done<'a>, String> {
        let Some(function) = Projections::<R>::name(name) else {
            return Err(format!("there is no projection {name:?}"));
        };
        let mut done = Done::default();
        let mut commits: Vec<(&Record, Commit)> = Vec::new();
        for record in records {
            match decode(record) {
                Content::Commit { commit, .. } => commits.push((record, *commit)),
                Content::Ignored(_) => {}
                Content::Poison(error) => {
                    done.letters.push(DeadLetter { function, record, error: error.to_string() });
                }
            }
        }
        let all: Vec<Commit> = commits.iter().map(|(_, commit)| commit.clone()).collect();
        let replayed = self.replay(name, &all, deadline).await?;
        for left in &replayed.left {
            let from = left.held_from.unwrap_or(StreamVersion::NONE);
            let is_held = |commit: &Commit| commit.stream == left.stream && commit.first >= from;
            for (record, _) in commits.iter().filter(|(_, commit)| is_held(commit)) {
                let error = format!("{} is held at version {from}: {}", left.stream, left.reason);
                done.letters.push(DeadLetter { function, record, error });
            }
        }
        commits.retain(|(record, _)| !done.letters.iter().any(|letter| letter.record == *record));
        let projected: Vec<Commit> = commits.into_iter().map(|(_, commit)| commit).collect();
        self.verify(&projected, |projection| projection == name).await?;
        Ok(Done { applied: replayed.applied, duplicates: replayed.duplicates, ..done })
    }

    /// Replays `commits` by the projection called `name`; an error where a stream may get on later.
    pub(crate) async fn replay(
        &self,
        name: &str,
        commits: &[Commit],
        deadline: Instant,
    ) -> Result<Replayed, String> {
        let replayed = self.projections.replay_by(name, commits, deadline).await;
        let replayed = replayed.ok_or_else(|| format!("there is no projection {name:?}"))?;
        match replayed.left.iter().find(|left| left.held_from.is_none()) {
            Some(left) => Err(format!("{} does not get on: {}", left.stream, left.reason)),
            None => Ok(replayed),
        }
    }

    /// An error where a view that `is_asked` for is not as far as `commits` lead it.
    pub(crate) async fn verify(
        &self,
        commits: &[Commit],
        is_asked: impl Fn(&str) -> bool,
    ) -> Result<(), String> {
        match self.behind(commits, is_asked).await {
            Ok(None) => Ok(()),
            Ok(Some(behind)) => Err(behind),
            Err(error) => Err(format!("the views cannot be verified: {error}")),
        }
    }
}
