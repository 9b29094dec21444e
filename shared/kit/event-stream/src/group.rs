//! Commits brought into the order of their streams.

use std::collections::BTreeMap;

use es_core::{Commit, StreamId, Timestamp};

use crate::{Record, SequenceNumber};

/// A commit and the record that brought it.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery<'a> {
    /// The record.
    pub record: &'a Record,
    /// The commit.
    pub commit: Commit,
    /// When DynamoDB wrote it, where the record tells.
    pub written_at: Option<Timestamp>,
}

/// What a batch brought of one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamGroup<'a> {
    /// The stream.
    pub stream: StreamId,
    /// Its commits by version, each once; at least one. Where a commit came more often, its earliest record is kept.
    pub deliveries: Vec<Delivery<'a>>,
    /// How many records were dropped because they brought a commit again.
    pub duplicates: u64,
    /// The earliest record that any of its commits came by.
    pub earliest: &'a SequenceNumber,
}

/// Brings `deliveries` into the order of their streams. Their own order does not matter: any order of the same
/// deliveries gives the same groups.
///
/// The groups are ordered by their earliest records. So where time runs out, the streams that are left over begin as
/// late in the shard as can be.
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
