//! The event table as it is, commit by commit.

use std::collections::BTreeMap;

use domain::order::{Order, OrderEvent, OrderState};
use domain::product::{Product, ProductEvent, ProductState};
use dynoxide::Database;
use es_core::{Commit, Decider, DomainEvent, Recorded, StreamId};
use event_store::{Attributes, CommitItem};
use serde_json::{Value, json};

use crate::aws::{Call, EVENTS, serve};

/// Why a run is not as it must be.
pub(super) type Violation = String;

/// All streams there are, each with its commits in the order of their versions.
pub(super) struct Past(BTreeMap<StreamId, Vec<Commit>>);

struct Item<'a>(&'a Value);

impl Attributes for Item<'_> {
    fn string(&self, name: &str) -> Option<&str> {
        self.0[name]["S"].as_str()
    }

    fn number(&self, name: &str) -> Option<&str> {
        self.0[name]["N"].as_str()
    }
}

impl Past {
    pub(super) fn of(database: &Database) -> Result<Self, Violation> {
        let mut past: BTreeMap<StreamId, Vec<Commit>> = BTreeMap::new();
        let mut body = json!({ "TableName": EVENTS });
        loop {
            let call = Call { caller: "checks", operation: "Scan".to_owned(), body: body.clone() };
            let answer: Value = serde_json::from_str(&serve(database, &call).body).unwrap();
            for item in answer["Items"].as_array().unwrap() {
                let commit = CommitItem::read(&Item(item)).and_then(Commit::try_from);
                let commit =
                    commit.map_err(|error| format!("the event table holds what is no commit: {error}"))?;
                past.entry(commit.stream.clone()).or_default().push(commit);
            }
            match answer.get("LastEvaluatedKey") {
                Some(key) => body["ExclusiveStartKey"] = key.clone(),
                None => break,
            }
        }
        for commits in past.values_mut() {
            commits.sort_by_key(|commit| commit.first);
        }
        Ok(Self(past))
    }

    pub(super) fn commits(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    pub(super) fn streams(&self) -> impl Iterator<Item = (&StreamId, &Vec<Commit>)> {
        self.0.iter()
    }

    /// The orders, by their ids.
    pub(super) fn orders(&self) -> impl Iterator<Item = (String, &Vec<Commit>)> {
        let orders = self.0.iter().filter(|(stream, _)| *stream.category() == Order::CATEGORY);
        orders.map(|(stream, commits)| (stream.uuid().to_string(), commits))
    }

    /// The products.
    pub(super) fn products(&self) -> impl Iterator<Item = &Vec<Commit>> {
        let products = self.0.iter().filter(|(stream, _)| *stream.category() == Product::CATEGORY);
        products.map(|(_, commits)| commits)
    }

    pub(super) fn stream(&self, stream: &StreamId) -> &[Commit] {
        self.0.get(stream).map_or(&[], Vec::as_slice)
    }
}

/// The events of `commits` up to version `upto`.
pub(super) fn events<E: DomainEvent>(commits: &[Commit], upto: u64) -> Vec<Recorded<E>> {
    let all = commits.iter().flat_map(Commit::recorded::<E>);
    all.take_while(|(version, _)| version.get() <= upto).map(|(_, recorded)| recorded.unwrap()).collect()
}

/// What the rules make of `commits` up to version `upto`.
pub(super) fn order_at(commits: &[Commit], upto: u64) -> OrderState {
    let events = events::<OrderEvent>(commits, upto);
    events.iter().fold(OrderState::default(), |state, recorded| Order::evolve(state, &recorded.event))
}

/// What the rules make of `commits` up to version `upto`.
pub(super) fn product_at(commits: &[Commit], upto: u64) -> ProductState {
    let events = events::<ProductEvent>(commits, upto);
    events.iter().fold(ProductState::default(), |state, recorded| Product::evolve(state, &recorded.event))
}
