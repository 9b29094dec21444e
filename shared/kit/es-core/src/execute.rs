//! Executes commands: loads the stream, decides, appends, and decides again if another writer appended first. Two more
//! functions load without a decision: one returns a history, the other the outcome of an earlier request.

use std::borrow::Cow;
use std::num::NonZeroU16;
use std::time::Duration;

use tracing::{Span, field, info_span};

use crate::{
    AppendError, Appended, Commit, Decider, EncodeError, EventAppender, EventReader, History, HistoryError,
    Load, Metadata, SnapshotCheck, StoreError, StreamId, StreamVersion, encode,
};

/// How many times an execution tries to append before it gives up.
pub const MAX_ATTEMPTS: u32 = 20;

/// How many attempts follow each other without a pause. A refused attempt returns the commit of the other writer, and the
/// next attempt folds that commit in without another read. If that one is refused too, many writers are at work. The
/// execution then waits and reads what they appended, because it would otherwise meet their commits one by one.
const ATTEMPTS_PER_ROUND: u32 = 2;

/// The longest pause after the first round. Full jitter: a pause is a random part of its longest time.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// How many times as long as the pause before each pause can be. Few writers need only short pauses, and many writers
/// soon get long ones.
const PAUSE_GROWTH: u32 = 6;

/// The longest pause. All pauses of an execution together take less than 1.2 seconds. The time of the requests between
/// them comes on top of that.
const LONGEST_PAUSE: Duration = Duration::from_millis(160);

/// How many commits of other writers are read after a pause. If there are more, the next attempt is refused as well.
const CATCH_UP: NonZeroU16 = NonZeroU16::MIN.saturating_add(63);

/// How many commits with the tag of a request's key are read to find the key.
const MAX_EQUAL_TAGS: u32 = 4;

/// A command with everything that its execution needs.
#[derive(Debug, Clone)]
pub struct Execution<C> {
    /// The stream that the command changes.
    pub stream: StreamId,
    /// What the caller requests.
    pub command: C,
    /// What the caller expects of the stream's version.
    pub expectation: Expectation,
    /// The metadata that is recorded with the commit.
    pub metadata: Metadata,
}

/// What a caller expects of a stream's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// The stream does not exist yet. The execution does not read the stream before the first append.
    New,
    /// The stream may be at any version, and it need not exist.
    Any,
    /// The stream's version meets two conditions. A condition that is `None` is always met.
    Version {
        /// The stream is at one of these versions.
        one_of: Option<Versions>,
        /// The stream is at none of these versions.
        none_of: Option<Versions>,
    },
}

/// A set of versions. A stream that does not exist is at no version of any set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// Every version of a stream that exists.
    All,
    /// These versions.
    Listed(Vec<StreamVersion>),
}

/// The result of an execution that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<S> {
    /// The aggregate's state after the command.
    pub state: S,
    /// The stream's version after the command.
    pub version: StreamVersion,
    /// Whether the command has made a commit, now or when an earlier request executed it; false when the command
    /// changed nothing.
    pub changed: bool,
    /// Whether an earlier request under the same key had already executed the command.
    pub replayed: bool,
    /// How many attempts to append were refused, because another writer had appended first.
    pub conflicts: u32,
    /// How many events this execution appended; 0 if an earlier request had already executed the command.
    pub appended: usize,
}

/// Why an execution appended nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError<E> {
    /// The rules of the domain refuse the command.
    #[error("the command is refused")]
    Refused(E),
    /// The stream's version is not what the caller expects.
    #[error("the stream is at version {actual}, which the caller does not expect")]
    Stale {
        /// The version that the stream has; 0 if the stream does not exist.
        actual: StreamVersion,
    },
    /// The caller used the idempotency key for a different request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Other writers appended first, [`MAX_ATTEMPTS`] times or until there was no time for another attempt.
    #[error("other writers appended first {attempts} times")]
    Contended {
        /// How many attempts to append were refused.
        attempts: u32,
    },
    /// The events do not fit into one commit.
    #[error("the commit has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// The size of the commit.
        bytes: usize,
        /// The largest commit that the store accepts.
        limit: usize,
    },
    /// The stream's events cannot be read or folded.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A new event cannot be stored.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Executes a command on its stream, at most once for each caller and idempotency key. The commit is appended only at
/// the version that the decision was based on.
///
/// The stream remembers the key of a commit for at least [`KEY_LIFETIME`](crate::KEY_LIFETIME). A command that changes
/// nothing makes no commit, so the stream does not remember its key.
///
/// # Errors
/// [`ExecutionError`]. Its variants name the causes. No error leaves a partial write behind.
pub async fn execute<D, S>(
    store: &S,
    execution: Execution<D::Command>,
) -> Result<Outcome<D::State>, ExecutionError<D::Error>>
where
    D: Decider,
    S: EventReader + EventAppender,
{
    execute_in_time::<D, S>(store, execution, |_| true).await
}

/// Executes a command as [`execute`] does, while there is time. Before each retry, `has_time` gets the longest pause
/// before it and tells whether the retry can begin after that pause. If it cannot, the command is contended.
///
/// # Errors
/// Those of [`execute`].
pub async fn execute_in_time<D, S>(
    store: &S,
    execution: Execution<D::Command>,
    has_time: impl Fn(Duration) -> bool + Send,
) -> Result<Outcome<D::State>, ExecutionError<D::Error>>
where
    D: Decider,
    S: EventReader + EventAppender,
{
    record_aggregate_id(&execution.stream);
    let loaded = match execution.expectation {
        Expectation::New => Vec::new(),
        Expectation::Any | Expectation::Version { .. } => {
            load::<D, S>(store, &execution.stream, None).await?
        }
    };
    let mut history = History::<D>::from_commits(&loaded)?;
    D::admit(history.state(), &execution.command).map_err(ExecutionError::Refused)?;
    if let Some(earlier) = replay(store, &execution.metadata, &loaded, &history).await? {
        return Ok(earlier);
    }
    for conflicts in 0..MAX_ATTEMPTS {
        let pause = pause_after(conflicts);
        if conflicts > 0 && !has_time(pause.unwrap_or_default()) {
            return Err(ExecutionError::Contended { attempts: conflicts });
        }
        if let Some(longest) = pause {
            store.pause(longest).await;
            for commit in store.commits_after(&execution.stream, history.version(), CATCH_UP).await? {
                history = history.then(&commit)?;
                if commit.metadata.shares_key_with(&execution.metadata) {
                    same_request(&commit, &execution.metadata)?;
                    return Ok(outcome(history, true, conflicts));
                }
            }
        }
        D::admit(history.state(), &execution.command).map_err(ExecutionError::Refused)?;
        execution.expectation.check(history.version())?;
        let events = decide(&history, &execution).map_err(ExecutionError::Refused)?;
        if events.is_empty() {
            return Ok(Outcome { changed: false, ..outcome(history, false, conflicts) });
        }
        let mut commit = next_commit(&history, &execution, &events)?;
        // A refused write costs as much as its whole item, and after a conflict another one is likely. The snapshot then
        // waits for a command without a conflict, unless it has waited for long.
        if conflicts == 0 || history.is_snapshot_overdue() {
            commit.snapshot = history.snapshot_after(&commit);
        }
        match append(store, &mut commit).await {
            Ok(Appended::New) => {
                let appended = events.len();
                let after = history.then_events(&commit, &events)?;
                return Ok(Outcome { appended, ..outcome(after, false, conflicts) });
            }
            Ok(Appended::AlreadyThere(earlier)) if earlier.metadata.shares_key_with(&commit.metadata) => {
                same_request(&earlier, &execution.metadata)?;
                let replayed = earlier.metadata != commit.metadata;
                let appended = if replayed { 0 } else { events.len() };
                return Ok(Outcome { appended, ..outcome(history.then(&earlier)?, replayed, conflicts) });
            }
            Ok(Appended::AlreadyThere(winner)) | Err(AppendError::Conflict { winner }) => {
                history = history.then(&winner)?;
            }
            Err(AppendError::TooLarge { bytes, limit }) => {
                return Err(ExecutionError::TooLarge { bytes, limit });
            }
            Err(AppendError::Store(error)) => return Err(error.into()),
        }
    }
    Err(ExecutionError::Contended { attempts: MAX_ATTEMPTS })
}

/// The longest pause before the next attempt after `conflicts` refused ones; `None` if the next attempt follows at once.
fn pause_after(conflicts: u32) -> Option<Duration> {
    let rounds = conflicts / ATTEMPTS_PER_ROUND;
    let is_due = rounds > 0 && conflicts.is_multiple_of(ATTEMPTS_PER_ROUND);
    let longest = FIRST_PAUSE.saturating_mul(PAUSE_GROWTH.saturating_pow(rounds.saturating_sub(1)));
    is_due.then(|| longest.min(LONGEST_PAUSE))
}

/// Reads the history of `stream` in one load. A stream that does not exist has an empty history.
///
/// # Errors
/// [`ExecutionError::Store`] and [`ExecutionError::History`].
pub async fn history_of<D, S>(store: &S, stream: &StreamId) -> Result<History<D>, ExecutionError<D::Error>>
where
    D: Decider,
    S: EventReader,
{
    Ok(History::from_commits(&load::<D, S>(store, stream, None).await?)?)
}

/// The outcome of the request with `metadata` if an earlier call executed that request, otherwise `None`. A repeated
/// request gets the outcome of the first one, even if the domain would refuse the command today.
///
/// # Errors
/// [`ExecutionError::KeyReused`] if the key belongs to a different request; [`ExecutionError::Store`] and
/// [`ExecutionError::History`] if the stream cannot be read.
pub async fn earlier_outcome<D, S>(
    store: &S,
    stream: &StreamId,
    metadata: &Metadata,
) -> Result<Option<Outcome<D::State>>, ExecutionError<D::Error>>
where
    D: Decider,
    S: EventReader,
{
    record_aggregate_id(stream);
    let loaded = load::<D, S>(store, stream, None).await?;
    replay::<D, S>(store, metadata, &loaded, &History::from_commits(&loaded)?).await
}

impl Expectation {
    /// Expects the stream to be at `version`.
    #[must_use]
    pub fn exactly(version: StreamVersion) -> Self {
        Self::Version { one_of: Some(Versions::Listed(vec![version])), none_of: None }
    }

    fn check<E>(&self, actual: StreamVersion) -> Result<(), ExecutionError<E>> {
        let Self::Version { one_of, none_of } = self else { return Ok(()) };
        let is_met = one_of.as_ref().is_none_or(|versions| versions.contains(actual))
            && !none_of.as_ref().is_some_and(|versions| versions.contains(actual));
        if is_met { Ok(()) } else { Err(ExecutionError::Stale { actual }) }
    }
}

impl Versions {
    /// Whether a stream at `version` is at one of these versions.
    #[must_use]
    pub fn contains(&self, version: StreamVersion) -> bool {
        let is_listed = match self {
            Self::All => true,
            Self::Listed(versions) => versions.contains(&version),
        };
        version > StreamVersion::NONE && is_listed
    }
}

async fn load<D: Decider, S: EventReader>(
    store: &S,
    stream: &StreamId,
    upto: Option<StreamVersion>,
) -> Result<Vec<Commit>, StoreError> {
    store.load(Load { stream, upto, check: SnapshotCheck::of::<D>, page: D::SNAPSHOT.page() }).await
}

/// The outcome of the request with `metadata`, if `history` remembers the request's key: the state right after that
/// request. `loaded` holds the commits that `history` was folded from.
///
/// The history remembers tags of keys. The commit that a tag leads to has the key itself, and only that key decides.
///
/// Each commit with the tag costs a load. Two keys have the same tag by chance, but only a caller who chooses the keys for
/// their tags gets [`MAX_EQUAL_TAGS`] of them. Such a request is refused, so that it does not cost a load for each commit.
async fn replay<D: Decider, S: EventReader>(
    store: &S,
    metadata: &Metadata,
    loaded: &[Commit],
    history: &History<D>,
) -> Result<Option<Outcome<D::State>>, ExecutionError<D::Error>> {
    let Some(newest) = loaded.last() else { return Ok(None) };
    for (version, others) in history.seen(metadata).zip(0..) {
        if others == MAX_EQUAL_TAGS {
            return Err(ExecutionError::KeyReused);
        }
        let upto = match loaded.iter().position(|commit| commit.last() == version) {
            Some(found) => Cow::Borrowed(&loaded[..=found]),
            None => Cow::Owned(load::<D, S>(store, &newest.stream, Some(version)).await?),
        };
        let Some(earlier) = upto.last().filter(|commit| commit.metadata.shares_key_with(metadata)) else {
            continue;
        };
        same_request(earlier, metadata)?;
        return Ok(Some(outcome(History::<D>::from_commits(&upto)?, true, 0)));
    }
    Ok(None)
}

fn same_request<E>(earlier: &Commit, metadata: &Metadata) -> Result<(), ExecutionError<E>> {
    let is_same = earlier.metadata.request_hash == metadata.request_hash;
    if is_same { Ok(()) } else { Err(ExecutionError::KeyReused) }
}

/// Records the id of the aggregate on the current span.
fn record_aggregate_id(stream: &StreamId) {
    Span::current().record("cqrs.aggregate_id", field::display(stream));
}

/// Calls the domain's decision in a span of its own. The span carries the version that the decision is based on.
fn decide<D: Decider>(
    history: &History<D>,
    execution: &Execution<D::Command>,
) -> Result<Vec<D::Event>, D::Error> {
    let version = history.version().get().cast_signed();
    let span = info_span!("decide", cqrs.side = "command", cqrs.aggregate_id = %execution.stream, cqrs.aggregate_version = version);
    span.in_scope(|| D::decide(history.state(), execution.command.clone()))
}

fn next_commit<D: Decider>(
    history: &History<D>,
    execution: &Execution<D::Command>,
    events: &[D::Event],
) -> Result<Commit, EncodeError> {
    let events = events.iter().map(encode).collect::<Result<_, _>>()?;
    let (stream, metadata) = (execution.stream.clone(), execution.metadata.clone());
    Ok(Commit { stream, first: history.version().next(), events, metadata, snapshot: None })
}

/// Appends `commit`. If the commit is too large with its snapshot, the function appends it without the snapshot,
/// because a snapshot only saves reads.
async fn append<S: EventAppender>(store: &S, commit: &mut Commit) -> Result<Appended, AppendError> {
    match store.append(commit).await {
        Err(AppendError::TooLarge { .. }) if commit.snapshot.take().is_some() => store.append(commit).await,
        result => result,
    }
}

fn outcome<D: Decider>(history: History<D>, replayed: bool, conflicts: u32) -> Outcome<D::State> {
    let version = history.version();
    let state = history.into_state();
    Outcome { state, version, changed: true, replayed, conflicts, appended: 0 }
}
