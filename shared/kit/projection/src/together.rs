//! Projects many streams into one generation. Their first runs are written together, if the writer of the views can do
//! that. A stream that is not done afterwards goes on by itself.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use es_core::{EventReader, StreamChange, ViewWriter};
use futures::channel::mpsc::{self, UnboundedSender};
use futures::future::ready;
use futures::stream::{self, Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

use crate::Follower;
use crate::stream::{CONCURRENCY, Projector, Run, StreamCommits, StreamEnd, StreamView};

/// Receives the end of each stream, with the index of the stream.
type Ended = UnboundedSender<(usize, StreamEnd)>;

/// A stream, its index, and its first run.
type FirstWrite<'a, P, R, W> = (usize, StreamView<'a, P, R, W>, Run<<P as Follower>::Change>);

impl<P, R, W> Projector<P, R, W>
where
    P: Follower,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    /// The results of projecting `streams` into `views` until `deadline`, in the order in which they end, each with the
    /// index of its stream.
    pub(crate) fn ends<'p>(
        &'p self,
        views: &'p W,
        streams: &'p [StreamCommits<'p>],
        deadline: Instant,
    ) -> Pin<Box<impl Stream<Item = (usize, StreamEnd)> + use<'p, P, R, W>>> {
        let (ended, ends) = mpsc::unbounded();
        let work = async move {
            let all = streams.iter().map(|commits| StreamView::new(self, views, commits)).enumerate();
            let mut all: Vec<_> = all.collect();
            if W::MAX_TOGETHER > 1 && all.len() > 1 && Instant::now() < deadline {
                all = write_together(views, all, &ended, deadline).await;
            }
            let finish = |(index, view): (usize, StreamView<'p, P, R, W>)| {
                let ended = &ended;
                async move { send(ended, index, view.finish(deadline).await) }
            };
            let rest: Vec<_> = all.into_iter().map(finish).collect();
            stream::iter(rest).buffer_unordered(CONCURRENCY).for_each(|()| ready(())).await;
        };
        let work = stream::once(work).filter_map(|()| ready(None));
        Box::pin(stream::select(ends, work))
    }
}

/// Writes the first runs of `all` together until `deadline`. Sends the ends of the streams that are done to `ended`, as
/// soon as they are known, and returns the other streams.
async fn write_together<'p, P, R, W>(
    views: &W,
    all: Vec<(usize, StreamView<'p, P, R, W>)>,
    ended: &Ended,
    deadline: Instant,
) -> Vec<(usize, StreamView<'p, P, R, W>)>
where
    P: Follower,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    let (mut left, mut first) = (Vec::new(), Vec::new());
    for (index, view) in all {
        match view.first_run() {
            Some(run) => first.push((index, view, run)),
            None => left.push((index, view)),
        }
    }
    while !first.is_empty() {
        let further = first.split_off(first.len().min(W::MAX_TOGETHER));
        let together = std::mem::replace(&mut first, further);
        left.extend(write_once(views, together, ended, deadline).await);
    }
    left
}

/// Writes `together` with one call of the writer.
async fn write_once<'p, P, R, W>(
    views: &W,
    together: Vec<FirstWrite<'p, P, R, W>>,
    ended: &Ended,
    deadline: Instant,
) -> Vec<(usize, StreamView<'p, P, R, W>)>
where
    P: Follower,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    let (runs, streams): (Vec<_>, Vec<_>) =
        together.into_iter().map(|(index, view, run)| ((view.stream(), run), Some((index, view)))).unzip();
    let (mut left, streams) = (Vec::new(), Mutex::new(streams));
    let settled = Mutex::new(&mut left);
    let changes: Vec<StreamChange<'_, P::Change>> =
        runs.iter().map(|(stream, run)| run.change(stream)).collect();
    let report = |place: usize, applied| {
        let mut streams = streams.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((index, view)) = streams.get_mut(place).and_then(Option::take) else { return };
        let Some((_, run)) = runs.get(place) else { return };
        match view.settle(run, applied) {
            Ok(end) => send(ended, index, end),
            Err(view) => settled.lock().unwrap_or_else(PoisonError::into_inner).push((index, *view)),
        }
    };
    // If the deadline comes first, the streams without a result find it, too.
    let _ = timeout_at(deadline, views.apply_all(&changes, &report)).await;
    let streams = streams.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (stream, (_, run)) in streams.into_iter().zip(runs) {
        if let Some((index, mut view)) = stream {
            view.keep(run);
            left.push((index, view));
        }
    }
    left
}

/// Sends the end of a stream. Nobody receives it if the batch waits no longer.
fn send(ended: &Ended, index: usize, end: StreamEnd) {
    let _ = ended.unbounded_send((index, end));
}
