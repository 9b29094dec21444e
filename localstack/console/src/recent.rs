//! The streams that changed last, and the search in them.
//!
//! The console finds them in the change stream, as a projection finds its events. It continues reading where it stopped
//! the last time. Finding them in the event table would require a scan.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stack_kinesis::{Kinesis, SequenceNumber, Slice};
use stack_template::Template;
use tokio::sync::watch;

use super::commits::Commit;
use super::headline::{Amount, Headline};
use super::item::{ConsoleError, category_of};

/// Maximum number of streams that can be searched.
const KEPT: usize = 2_000;
/// Maximum number of users and of event types that are kept of one stream, and that are offered as filters.
const NAMES: usize = 100;
/// Maximum number of records per read.
const BATCH: usize = 500;
/// Maximum number of bytes per read.
const BYTES: usize = 8 * 1024 * 1024;

/// Selects streams. An absent field selects all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Text in the stream's id, its name, one of its users, or one of its event types, in any case.
    pub(super) search: Option<String>,
    /// The category: the part of the id before the UUID.
    category: Option<String>,
    /// A user who made one of the commits.
    user: Option<String>,
    /// The type of one of the events.
    r#type: Option<String>,
}

/// The streams that a filter selects.
#[derive(Debug)]
pub(super) struct Found {
    /// The selected streams, last changed first, at most as many as requested.
    pub(super) streams: Vec<StreamSummary>,
    /// Number of selected streams.
    pub(super) matching: usize,
    /// The values of filters that select something.
    pub(super) filters: FilterValues,
}

/// The values that streams have, for the choices of a filter.
#[derive(Debug, Default, Serialize)]
pub(super) struct FilterValues {
    categories: BTreeSet<String>,
    users: BTreeSet<String>,
    types: BTreeSet<String>,
}

/// The fields of a stream in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct StreamSummary {
    /// Id of the stream.
    pub(super) id: String,
    /// Version of the last event.
    pub(super) version: u64,
    /// Type of the last event.
    r#type: String,
    /// Time when the last commit was accepted.
    at: String,
    /// The user on whose behalf the last commit was made.
    by: String,
    /// What the stream is about.
    pub(super) headline: Headline,
}

impl StreamSummary {
    /// The summary of a stream whose newest commit this is.
    pub(super) fn from_commit(commit: &Commit) -> Self {
        Self {
            id: commit.stream.clone(),
            version: commit.last_version,
            r#type: commit.last_type().to_owned(),
            at: commit.at.clone(),
            by: commit.by.clone(),
            headline: commit.headline(),
        }
    }
}

/// A stream that was found.
struct Tracked {
    /// Position of the newest commit.
    sequence: SequenceNumber,
    summary: StreamSummary,
    users: BTreeSet<String>,
    types: BTreeSet<String>,
    facts: Facts,
}

/// The parts of a headline, each with the version of the commit that it comes from. Commits arrive in any order.
#[derive(Default)]
struct Facts {
    name: Option<(u64, String)>,
    state: Option<(u64, String)>,
    amount: Option<(u64, Amount)>,
}

/// Tracks the streams that changed last.
pub(super) struct Recent {
    kinesis: Kinesis,
    /// Name of the stream with the event table's changes.
    changes: Option<String>,
    read: Mutex<ReadState>,
}

/// Read positions in the change stream, and the streams found so far.
#[derive(Default)]
struct ReadState {
    positions: BTreeMap<u32, SequenceNumber>,
    streams: HashMap<String, Tracked>,
    /// Stream ids, ordered by their last change.
    order: BTreeMap<SequenceNumber, String>,
}

impl Recent {
    /// Tracks the template's event table, which is the table with a change stream.
    pub(super) fn new(template: &Template, kinesis: &Kinesis) -> Self {
        let changes = template.tables.iter().find_map(|table| table.change_stream.as_ref());
        let changes = changes.map(|changes| changes.stream.clone());
        Self { kinesis: kinesis.clone(), changes, read: Mutex::default() }
    }

    /// A receiver that wakes on new changes; `None` without an event table.
    pub(super) fn arrivals(&self) -> Option<watch::Receiver<()>> {
        self.kinesis.arrivals(self.changes.as_ref()?).ok()
    }

    /// The tracked streams that `filter` selects, at most `limit`.
    ///
    /// # Errors
    /// [`ConsoleError::Changes`] when the change stream cannot be read.
    pub(super) fn find(&self, filter: &Filter, limit: usize) -> Result<Found, ConsoleError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changes) = &self.changes {
            for shard in self.kinesis.shards(changes)? {
                read.catch_up(&self.kinesis, changes, shard.number)?;
            }
        }
        Ok(read.find(filter, limit))
    }
}

impl ReadState {
    fn catch_up(&mut self, kinesis: &Kinesis, changes: &str, shard: u32) -> Result<(), ConsoleError> {
        loop {
            let after = self.positions.get(&shard).copied().unwrap_or(SequenceNumber(0));
            let records = kinesis.read(changes, Slice::whole(shard, after), BATCH, BYTES)?;
            let Some(last) = records.last() else { return Ok(()) };
            self.positions.insert(shard, last.sequence);
            for record in &records {
                if let Some(commit) = commit_of(&record.data) {
                    self.note(record.sequence, &commit);
                }
            }
        }
    }

    /// Adds a commit to its stream. Commits of one stream arrive in any order, because they are in several shards.
    fn note(&mut self, sequence: SequenceNumber, commit: &Commit) {
        let known = self.streams.remove(&commit.stream);
        let mut tracked = known.unwrap_or_else(|| {
            self.order.insert(sequence, commit.stream.clone());
            Tracked::from_commit(sequence, commit)
        });
        if tracked.summary.version < commit.last_version {
            self.order.remove(&tracked.sequence);
            self.order.insert(sequence, commit.stream.clone());
            tracked.sequence = sequence;
            tracked.summary = StreamSummary::from_commit(commit);
        }
        tracked.add(commit);
        self.streams.insert(commit.stream.clone(), tracked);
        if self.order.len() > KEPT
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.streams.remove(&oldest);
        }
    }

    fn find(&self, filter: &Filter, limit: usize) -> Found {
        let mut found = Found { streams: Vec::new(), matching: 0, filters: FilterValues::default() };
        let search = filter.search.as_ref().map(|text| text.to_lowercase());
        for tracked in self.order.values().rev().filter_map(|id| self.streams.get(id)) {
            found.filters.categories.extend(category_of(&tracked.summary.id).map(str::to_owned));
            add(&mut found.filters.users, tracked.users.iter().cloned());
            add(&mut found.filters.types, tracked.types.iter().cloned());
            if tracked.matches(filter, search.as_deref()) {
                found.matching += 1;
                if found.streams.len() < limit {
                    found.streams.push(tracked.summary.clone());
                }
            }
        }
        found
    }
}

/// Adds names to a set that keeps a limited number.
fn add(set: &mut BTreeSet<String>, names: impl IntoIterator<Item = String>) {
    for name in names {
        if set.len() >= NAMES {
            return;
        }
        set.insert(name);
    }
}

impl Tracked {
    fn from_commit(sequence: SequenceNumber, commit: &Commit) -> Self {
        let (users, types, facts) = (BTreeSet::new(), BTreeSet::new(), Facts::default());
        Self { sequence, summary: StreamSummary::from_commit(commit), users, types, facts }
    }

    fn add(&mut self, commit: &Commit) {
        add(&mut self.users, [commit.by.clone()]);
        add(&mut self.types, commit.types().map(str::to_owned));
        let Headline { name, state, amount } = commit.headline();
        keep_newest(&mut self.facts.name, commit.version, name);
        keep_newest(&mut self.facts.state, commit.version, state);
        keep_newest(&mut self.facts.amount, commit.version, amount);
        let Facts { name, state, amount } = &self.facts;
        self.summary.headline = Headline {
            name: name.as_ref().map(|(_, name)| name.clone()),
            state: state.as_ref().map(|(_, state)| state.clone()),
            amount: amount.as_ref().map(|(_, amount)| amount.clone()),
        };
    }

    fn matches(&self, filter: &Filter, search: Option<&str>) -> bool {
        let contains = |text: &String, search| text.to_lowercase().contains(search);
        let is_found = search.is_none_or(|search| {
            let texts = [&self.summary.id].into_iter().chain(&self.summary.headline.name);
            texts.chain(&self.users).chain(&self.types).any(|text| contains(text, search))
        });
        let category = filter.category.as_deref();
        is_found
            && (category.is_none() || category == category_of(&self.summary.id))
            && filter.user.as_ref().is_none_or(|user| self.users.contains(user))
            && filter.r#type.as_ref().is_none_or(|name| self.types.contains(name))
    }
}

fn keep_newest<T>(kept: &mut Option<(u64, T)>, version: u64, value: Option<T>) {
    if let Some(value) = value
        && kept.as_ref().is_none_or(|(known, _)| *known <= version)
    {
        *kept = Some((version, value));
    }
}

/// The commit in a change record; `None` for any other change.
fn commit_of(record: &[u8]) -> Option<Commit> {
    let record: Value = serde_json::from_slice(record).ok()?;
    Commit::from_item(&record["dynamodb"]["NewImage"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Filter, KEPT, ReadState, SequenceNumber, commit_of};

    /// A stream id with this number.
    fn stream(category: &str, number: u64) -> String {
        format!("{category}-00000000-0000-0000-0000-{number:012}")
    }

    /// A commit of two events by a user, of which the first names something.
    fn noted(read: &mut ReadState, sequence: i64, stream: &str, version: u64) {
        let events =
            json!([{"type": "A", "data": {"name": format!("Kettle {version}")}}, {"type": "B", "data": {}}]);
        let image = json!({"pk": {"S": stream}, "sk": {"N": version.to_string()}, "count": {"N": "2"},
            "events": {"S": events.to_string()}, "by": {"S": format!("user-{version}")}});
        let record = json!({"dynamodb": {"NewImage": image}}).to_string();
        read.note(SequenceNumber(sequence), &commit_of(record.as_bytes()).unwrap());
    }

    fn found(read: &ReadState, filter: &serde_json::Value) -> Vec<String> {
        let filter: Filter = serde_json::from_value(filter.clone()).unwrap();
        read.find(&filter, 100).streams.into_iter().map(|summary| summary.id).collect()
    }

    #[test]
    fn a_stream_is_listed_once_by_its_last_commit_in_any_order() {
        let mut read = ReadState::default();
        let [first, second] = [1, 2].map(|number| stream("order", number));
        noted(&mut read, 1, &first, 1);
        noted(&mut read, 2, &second, 3);
        noted(&mut read, 3, &second, 1);
        noted(&mut read, 4, &first, 3);
        assert_eq!(found(&read, &json!({})), [first.clone(), second.clone()]);
        let summary = &read.streams[&first].summary;
        assert_eq!((summary.version, summary.r#type.as_str()), (4, "B"));
        let name = |id: &String| read.streams[id].summary.headline.name.clone().unwrap();
        assert_eq!((name(&first), name(&second)), ("Kettle 3".to_owned(), "Kettle 3".to_owned()));
    }

    #[test]
    fn streams_are_selected_by_text_category_user_and_type() {
        let mut read = ReadState::default();
        let [order, product] = [stream("order", 1), stream("product", 2)];
        noted(&mut read, 1, &order, 1);
        noted(&mut read, 2, &order, 3);
        noted(&mut read, 3, &product, 5);
        let (both, first, second) = (vec![product.clone(), order.clone()], vec![order], vec![product]);
        for (filter, expected) in [
            (json!({}), &both),
            (json!({"search": "kettle"}), &both),
            (json!({"search": "KETTLE 3"}), &first),
            (json!({"search": "00000000002"}), &second),
            (json!({"search": "user-1"}), &first),
            (json!({"search": "absent"}), &vec![]),
            (json!({"category": "order"}), &first),
            (json!({"user": "user-1"}), &first),
            (json!({"user": "user"}), &vec![]),
            (json!({"type": "A"}), &both),
            (json!({"type": "A", "category": "product", "user": "user-5"}), &second),
        ] {
            assert_eq!(&found(&read, &filter), expected, "{filter}");
        }
        let all = read.find(&Filter::default(), 1);
        assert_eq!((all.streams.len(), all.matching), (1, 2));
        let values = json!({"categories": ["order", "product"], "users": ["user-1", "user-3", "user-5"],
            "types": ["A", "B"]});
        assert_eq!(json!(all.filters), values);
    }

    #[test]
    fn the_list_drops_the_oldest_streams() {
        let mut read = ReadState::default();
        for number in 1..=2_100 {
            noted(&mut read, number, &format!("order-{number}"), 1);
        }
        assert_eq!((read.order.len(), read.streams.len()), (KEPT, KEPT));
        assert!(read.streams.contains_key("order-2100") && !read.streams.contains_key("order-100"));
    }

    #[test]
    fn records_without_a_commit_are_ignored() {
        for record in ["", "{}", r#"{"dynamodb":{"Keys":{"pk":{"S":"x"}}}}"#] {
            assert_eq!(commit_of(record.as_bytes()), None);
        }
    }
}
