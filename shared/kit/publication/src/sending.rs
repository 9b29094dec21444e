//! Sends entries in the order of their sequences. A sequence is the entries of one stream.

use dynamo::pause;

use crate::{BusEntry, EventBus, MAX_BYTES, MAX_ENTRIES, PutError};

/// How often the entries that the bus did not accept are sent, including the first time. The pauses between the rounds
/// take less than a second together. Later attempts are new deliveries of the event stream.
const MAX_ROUNDS: u32 = 4;

/// The entries of one stream, which the bus must get in order.
#[derive(Debug)]
pub(crate) struct Sequence {
    entries: Vec<BusEntry>,
    /// How many entries from the first one on the bus has accepted.
    accepted: usize,
    /// Why the entry after them was not accepted, if it was sent.
    failure: Option<PutError>,
}

impl Sequence {
    pub(crate) const fn new(entries: Vec<BusEntry>) -> Self {
        Self { entries, accepted: 0, failure: None }
    }

    /// How many entries from the first one on the bus has accepted.
    pub(crate) const fn accepted(&self) -> usize {
        self.accepted
    }

    /// Why the bus has not accepted all entries; `None` if it has.
    pub(crate) fn failure(self) -> Option<PutError> {
        self.failure
    }

    /// The entries that may be sent now.
    fn unsent(&self) -> &[BusEntry] {
        if self.failure.is_some() { &[] } else { self.entries.get(self.accepted..).unwrap_or_default() }
    }
}

/// What came of sending entries.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The number of entries that the bus did not accept, each attempt counted.
    pub(crate) rejected: u64,
    /// Why other entries must not be sent now: a request failed as a whole, or the bus still throttles.
    pub(crate) stopped: Option<PutError>,
}

/// Sends all entries of `sequences`, with as few requests as their sizes allow.
///
/// If the bus does not accept an entry, the entries of the same sequence from this entry on are sent again, even those
/// that the bus has accepted. The other sequences go on. If a request fails as a whole, nothing more is sent, because
/// the client has repeated the request.
pub(crate) async fn send_all(bus: &impl EventBus, sequences: &mut [Sequence]) -> Sent {
    let mut rejected = 0;
    for round in 1..=MAX_ROUNDS {
        loop {
            let request = next_request(sequences);
            if request.is_empty() {
                break;
            }
            let entries: Vec<&BusEntry> =
                request.iter().filter_map(|(at, entry)| sequences.get(*at)?.entries.get(*entry)).collect();
            match bus.put(&entries).await {
                Ok(results) => rejected += settle(sequences, &request, results),
                Err(error) => {
                    for sequence in sequences.iter_mut().filter(|left| left.accepted < left.entries.len()) {
                        sequence.failure.get_or_insert_with(|| error.clone());
                    }
                    return Sent { rejected: rejected + entries_in(&request), stopped: Some(error) };
                }
            }
        }
        let can_succeed = |sequence: &&mut Sequence| {
            matches!(sequence.failure, Some(PutError::Throttled(_) | PutError::Unavailable(_)))
        };
        let mut again = sequences.iter_mut().filter(can_succeed).peekable();
        if round == MAX_ROUNDS || again.peek().is_none() {
            break;
        }
        again.for_each(|sequence| sequence.failure = None);
        pause(round).await;
    }
    let throttled = |failure: &&PutError| matches!(failure, PutError::Throttled(_));
    let stopped = sequences.iter().filter_map(|sequence| sequence.failure.as_ref()).find(throttled).cloned();
    Sent { rejected, stopped }
}

const fn entries_in(request: &[(usize, usize)]) -> u64 {
    request.len() as u64
}

/// The next entries that fit into one request, each as the index of its sequence and its index there.
fn next_request(sequences: &[Sequence]) -> Vec<(usize, usize)> {
    let (mut request, mut bytes) = (Vec::new(), 0);
    for (at, sequence) in sequences.iter().enumerate() {
        for (entry, index) in sequence.unsent().iter().zip(sequence.accepted..) {
            bytes += entry.bytes();
            let is_full = request.len() == MAX_ENTRIES || bytes > MAX_BYTES;
            if is_full && !request.is_empty() {
                return request;
            }
            request.push((at, index));
        }
    }
    request
}

/// Takes over the results of `request`. Returns how many entries the bus did not accept.
fn settle(sequences: &mut [Sequence], request: &[(usize, usize)], results: Vec<Result<(), PutError>>) -> u64 {
    let mut rejected = 0;
    let missing = || Err(PutError::Unavailable("the response has no result for the entry".to_owned()));
    let results = results.into_iter().chain(std::iter::repeat_with(missing));
    for ((at, index), result) in request.iter().zip(results) {
        let Some(sequence) = sequences.get_mut(*at) else { continue };
        match result {
            Ok(()) if sequence.failure.is_none() => sequence.accepted = index + 1,
            Ok(()) => {}
            Err(error) => {
                rejected += 1;
                sequence.failure.get_or_insert(error);
            }
        }
    }
    rejected
}
