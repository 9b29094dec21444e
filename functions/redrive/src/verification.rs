//! Whether views are where commits lead them.

use std::collections::BTreeMap;

use es_core::{Commit, EventReader, StreamId, StreamVersion};
use view_store::ReadError;
use views::TrackedView;

use crate::Views;

impl<R: EventReader> Views<R> {
    /// What is wrong with the views that `projections` keep of the streams of `commits`, in any generation: the first
    /// that is behind its stream's last commit. `None` where each is as far; the search index keeps no checkpoint, so
    /// that its acknowledged writes are all there is to see.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub(crate) async fn behind(
        &self,
        commits: &[Commit],
        is_asked: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, ReadError> {
        let mut streams: BTreeMap<&StreamId, StreamVersion> = BTreeMap::new();
        for commit in commits {
            let last = streams.entry(&commit.stream).or_default();
            *last = (*last).max(commit.last());
        }
        let (mut views, mut wanted) = (Vec::new(), Vec::new());
        for (stream, last) in streams {
            let tracked = TrackedView::of_category(stream.category().as_str()).iter();
            for view in tracked.filter(|view| is_asked(view.projection)) {
                views.push((stream.clone(), *view));
                wanted.push(last);
            }
        }
        let keys: Vec<_> = views.iter().map(|(stream, view)| (view.checkpoint)(stream)).collect();
        for generation in &self.checkpoints {
            let found = generation.versions(&keys).await?;
            for (((stream, view), wanted), found) in views.iter().zip(&wanted).zip(found) {
                if found < *wanted {
                    let projection = view.projection;
                    return Ok(Some(format!("{projection} has {stream} at version {found}, not {wanted}")));
                }
            }
        }
        Ok(None)
    }
}
