//! What a stream's past tells without a decision: where it stands, and what an earlier request had got.

use crate::{
    Commit, Decider, EventReader, ExecutionError, History, Load, Metadata, Outcome, SeenKey, StoreError,
    StreamId, StreamVersion, trace,
};

/// Where the stream stands, in one load. Its history is empty where there is no such stream.
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

/// What the request of `metadata` got when it was carried out before; `None` where it was not. For a command that would
/// be refused today, and whose repeat is answered as the first time all the same.
///
/// # Errors
/// [`ExecutionError::KeyReused`] where another request was carried out under its key, [`ExecutionError::Store`],
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
    trace::concerns(stream);
    let loaded = load::<D, S>(store, stream, None).await?;
    replay::<D, S>(store, metadata, &loaded, &History::of(&loaded)?).await
}

pub(crate) async fn load<D: Decider, S: EventReader>(
    store: &S,
    stream: &StreamId,
    upto: Option<StreamVersion>,
) -> Result<Vec<Commit>, StoreError> {
    let page = D::SNAPSHOT.every;
    store.load(Load { stream, upto, schema: D::SNAPSHOT.schema, page }).await
}

/// The answer that the request of `metadata` had got, if it is among those that `history`, which `loaded` tells,
/// remembers: the state as it was right after it.
pub(crate) async fn replay<D: Decider, S: EventReader>(
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
    let (state, version) = (then.state().clone(), then.version());
    Ok(Some(Outcome { state, version, changed: true, replayed: true, conflicts: 0, appended: 0 }))
}

pub(crate) fn same_request<E>(seen: &SeenKey, metadata: &Metadata) -> Result<(), ExecutionError<E>> {
    if seen.request_hash == metadata.request_hash { Ok(()) } else { Err(ExecutionError::KeyReused) }
}
