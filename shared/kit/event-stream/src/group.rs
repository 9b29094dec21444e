//! Groups of commits, each in the order of its stream.

use std::collections::BTreeMap;

use es_core::{Commit, StreamId};

use crate::{Record, SequenceNumber};

/// A commit and the record that delivered it.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery<'a> {
    /// The record.
    pub record: &'a Record,
    /// The commit.
    pub commit: Commit,
}

/// The commits of one stream in a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamGroup<'a> {
    /// The stream.
    pub stream: StreamId,
    /// The stream's commits by version, at least one and each once. For a repeated commit, the earliest record is kept.
    pub deliveries: Vec<Delivery<'a>>,
    /// How many records were dropped because they delivered a commit again.
    pub duplicates: u64,
    /// The earliest record of the group.
    pub earliest: &'a SequenceNumber,
}

/// Groups `deliveries` by stream and sorts each group by version. The order of the deliveries does not matter: the same
/// deliveries in any order result in the same groups.
///
/// The groups are sorted by their earliest records. If the time runs out, the groups that are left start as late in the
/// shard as possible, so Lambda repeats as few records as possible.
#[must_use]
pub fn group<'a>(deliveries: impl IntoIterator<Item = Delivery<'a>>) -> Vec<StreamGroup<'a>> {
    let mut streams: BTreeMap<StreamId, Vec<Delivery<'a>>> = BTreeMap::new();
    for delivery in deliveries {
        streams.entry(delivery.commit.stream.clone()).or_default().push(delivery);
    }
    let mut groups: Vec<_> = streams.into_iter().filter_map(|(stream, all)| one(stream, all)).collect();
    groups.sort_by(|a, b| a.earliest.cmp(b.earliest));
    groups
}

fn one(stream: StreamId, mut deliveries: Vec<Delivery<'_>>) -> Option<StreamGroup<'_>> {
    let delivered = deliveries.len();
    deliveries
        .sort_by(|a, b| (a.commit.first, &a.record.sequence).cmp(&(b.commit.first, &b.record.sequence)));
    deliveries.dedup_by_key(|delivery| delivery.commit.first);
    let duplicates = (delivered - deliveries.len()) as u64;
    let earliest = deliveries.iter().map(|delivery| &delivery.record.sequence).min()?;
    Some(StreamGroup { stream, deliveries, duplicates, earliest })
}
