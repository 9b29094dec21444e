//! The one way a command becomes events: load, decide, append, and again if another writer was first; and the loads
//! without a decision, which answer where a stream stands and what an earlier request got.

use tracing::{Span, field, info_span};

use crate::{
    AppendError, Appended, Commit, Decider, EncodeError, EventAppender, EventReader, History, HistoryError,
    Load, Metadata, SeenKey, StoreError, StreamId, StreamVersion, encode,
};

/// How many times an execution tries to append before it gives up to other writers. Each failed try means that
/// another commit got in, which is folded in without a read, so there is nothing to wait for between two tries.
pub const MAX_ATTEMPTS: u32 = 8;

/// A command with everything its execution needs.
#[derive(Debug, Clone)]
pub struct Execution<C> {
    /// The stream it goes to.
    pub stream: StreamId,
    /// What is asked for.
    pub command: C,
    /// What the caller believes of the stream.
    pub expectation: Expectation,
    /// What is recorded with the commit.
    pub metadata: Metadata,
}

/// What a caller believes of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// That it does not exist yet; it is not read before the first append.
    New,
    /// Nothing.
    Any,
    /// That it is at this version.
    Exactly(StreamVersion),
}

/// What came of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<S> {
    /// The aggregate's state after the command.
    pub state: S,
    /// The stream's version after the command.
    pub version: StreamVersion,
    /// Whether the command made a commit, now or when it was carried out first; not where it was so already.
    pub changed: bool,
    /// Whether an earlier request under the same key had done it already.
    pub replayed: bool,
    /// How many other commits came between.
    pub conflicts: u32,
    /// How many events the command appended now; none where it had been carried out before.
    pub appended: usize,
}

/// Why an execution appended nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError<E> {
    /// The domain refuses.
    #[error("the command is refused")]
    Refused(E),
    /// The stream is not at the version the caller expects.
    #[error("the stream is at version {actual}, not at {expected}")]
    Stale {
        /// The caller's version.
        expected: StreamVersion,
        /// The stream's version.
        actual: StreamVersion,
    },
    /// The idempotency key belongs to another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Other writers were first, [`MAX_ATTEMPTS`] times.
    #[error("other writers were first {MAX_ATTEMPTS} times")]
    Contended,
    /// The events are too many bytes for one commit.
    #[error("the commit has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// The commit's size.
        bytes: usize,
        /// The most a store takes.
        limit: usize,
    },
    /// The past cannot be folded.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A new event cannot be stored.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Carries out a command on its stream: at most once for its idempotency key, at the version that was decided on.
///
/// # Errors
/// [`ExecutionError`], case by case; none of them leaves anything half-written.
pub async fn execute<D, S>(
    store: &S,
    execution: Execution<D::Command>,
) -> Result<Outcome<D::State>, ExecutionError<D::Error>>
where
    D: Decider,
    S: EventReader + EventAppender,
{
    concerns(&execution.stream);
    let loaded = match execution.expectation {
        Expectation::New => Vec::new(),
        Expectation::Any | Expectation::Exactly(_) => load::<D, S>(store, &execution.stream, None).await?,
    };
    let mut history = History::<D>::of(&loaded)?;
    D::admit(history.state(), &execution.command).map_err(ExecutionError::Refused)?;
    if let Some(earlier) = replay(store, &execution.metadata, &loaded, &history).await? {
        return Ok(earlier);
    }
    for conflicts in 0..MAX_ATTEMPTS {
        execution.expectation.check(history.version())?;
        let events = decide(&history, &execution).map_err(ExecutionError::Refused)?;
        if events.is_empty() {
            return Ok(Outcome { changed: false, ..outcome(&history, false, conflicts) });
        }
        let (commit, appended) = (next_commit(&history, &execution, &events)?, events.len());
        match append(store, commit.clone()).await {
            Ok(Appended::New) => {
                return Ok(Outcome { appended, ..outcome(&history.then(&commit)?, false, conflicts) });
            }
            Ok(Appended::AlreadyThere(earlier)) => {
                same_request(&earlier.seen_key(), &execution.metadata)?;
                let replayed = earlier.metadata != commit.metadata;
                let appended = if replayed { 0 } else { appended };
                return Ok(Outcome { appended, ..outcome(&history.then(&earlier)?, replayed, conflicts) });
            }
            Err(AppendError::Conflict { winner }) => history = history.then(&winner)?,
            Err(AppendError::TooLarge { bytes, limit }) => {
                return Err(ExecutionError::TooLarge { bytes, limit });
            }
            Err(AppendError::Store(error)) => return Err(error.into()),
        }
    }
    Err(ExecutionError::Contended)
}

/// The history of `stream`, read in one load. The history of an unknown stream is empty.
///
/// # Errors
/// [`ExecutionError::Store`], [`ExecutionError::History`].
pub async fn history_of<D, S>(store: &S, stream: &StreamId) -> Result<History<D>, ExecutionError<D::Error>>
where
    D: Decider,
    S: EventReader,
{
    Ok(History::of(&load::<D, S>(store, stream, None).await?)?)
}

/// The outcome of the request of `metadata` if an earlier call carried the request out, otherwise `None`. A repeat is
/// answered like the first call, even if the domain would refuse the command today.
///
/// # Errors
/// [`ExecutionError::KeyReused`] if the key belongs to another request, [`ExecutionError::Store`],
/// [`ExecutionError::History`].
pub async fn earlier_outcome<D, S>(
    store: &S,
    stream: &StreamId,
    metadata: &Metadata,
) -> Result<Option<Outcome<D::State>>, ExecutionError<D::Error>>
where
    D: Decider,
    S: EventReader,
{
    concerns(stream);
    let loaded = load::<D, S>(store, stream, None).await?;
    replay::<D, S>(store, metadata, &loaded, &History::of(&loaded)?).await
}

impl Expectation {
    fn check<E>(self, actual: StreamVersion) -> Result<(), ExecutionError<E>> {
        match self {
            Self::Exactly(expected) if expected != actual => Err(ExecutionError::Stale { expected, actual }),
            Self::New | Self::Any | Self::Exactly(_) => Ok(()),
        }
    }
}

async fn load<D: Decider, S: EventReader>(
    store: &S,
    stream: &StreamId,
    upto: Option<StreamVersion>,
) -> Result<Vec<Commit>, StoreError> {
    let page = D::SNAPSHOT.every;
    store.load(Load { stream, upto, schema: D::SNAPSHOT.schema, page }).await
}

/// The outcome of the request of `metadata` if `history` remembers its key: the state right after that request.
/// `loaded` holds the commits of `history`.
async fn replay<D: Decider, S: EventReader>(
    store: &S,
    metadata: &Metadata,
    loaded: &[Commit],
    history: &History<D>,
) -> Result<Option<Outcome<D::State>>, ExecutionError<D::Error>> {
    let Some((seen, newest)) = history.seen(&metadata.key).zip(loaded.last()) else { return Ok(None) };
    same_request(seen, metadata)?;
    let then = match loaded.iter().position(|commit| commit.last() == seen.version) {
        Some(found) => History::<D>::of(&loaded[..=found])?,
        None => History::<D>::of(&load::<D, S>(store, &newest.stream, Some(seen.version)).await?)?,
    };
    Ok(Some(outcome(&then, true, 0)))
}

fn same_request<E>(seen: &SeenKey, metadata: &Metadata) -> Result<(), ExecutionError<E>> {
    if seen.request_hash == metadata.request_hash { Ok(()) } else { Err(ExecutionError::KeyReused) }
}

/// Records the id of the aggregate on the span around the execution.
fn concerns(stream: &StreamId) {
    Span::current().record("cqrs.aggregate_id", field::display(stream));
}

/// The domain's decision, in its own span, which carries the version that the decision is made at.
fn decide<D: Decider>(
    history: &History<D>,
    execution: &Execution<D::Command>,
) -> Result<Vec<D::Event>, D::Error> {
    let version = history.version().get().cast_signed();
    let span = info_span!("decide", cqrs.aggregate_id = %execution.stream, cqrs.aggregate_version = version);
    span.in_scope(|| D::decide(history.state(), execution.command.clone()))
}

fn next_commit<D: Decider>(
    history: &History<D>,
    execution: &Execution<D::Command>,
    events: &[D::Event],
) -> Result<Commit, EncodeError> {
    let events = events.iter().map(encode).collect::<Result<_, _>>()?;
    let (stream, metadata) = (execution.stream.clone(), execution.metadata.clone());
    let mut commit = Commit { stream, first: history.version().next(), events, metadata, snapshot: None };
    commit.snapshot = history.snapshot_after(&commit);
    Ok(commit)
}

/// Appends `commit`; where only its snapshot makes it too large, without it: a snapshot saves reads, the events count.
async fn append<S: EventAppender>(store: &S, mut commit: Commit) -> Result<Appended, AppendError> {
    match store.append(&commit).await {
        Err(AppendError::TooLarge { .. }) if commit.snapshot.take().is_some() => store.append(&commit).await,
        result => result,
    }
}

fn outcome<D: Decider>(history: &History<D>, replayed: bool, conflicts: u32) -> Outcome<D::State> {
    let (state, version) = (history.state().clone(), history.version());
    Outcome { state, version, changed: true, replayed, conflicts, appended: 0 }
}
