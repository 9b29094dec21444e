//! The content of the event table, and the views that follow from it.

use std::collections::BTreeMap;

use domain::order::{Order, OrderEvent, OrderState};
use domain::product::{Product, ProductEvent, ProductState};
use dynoxide::Database;
use es_core::{Commit, Decider, DomainEvent, KEY_LIFETIME, Recorded, StreamId};
use event_store::{Attributes, CommitItem};
use serde_json::{Value, json};
use shop_testing::expected::{self, decimals};

use crate::aws::{DynamoRequest, in_known_form, serve};

/// The description of a failed check.
pub(crate) type Violation = String;

/// All streams, each with its commits sorted by version.
pub(super) struct EventTable(BTreeMap<StreamId, Vec<Commit>>);

/// The item of a commit in DynamoDB's JSON.
struct JsonItem<'a>(&'a Value);

impl Attributes for JsonItem<'_> {
    fn string(&self, name: &str) -> Option<&str> {
        self.0[name]["S"].as_str()
    }

    fn number(&self, name: &str) -> Option<&str> {
        self.0[name]["N"].as_str()
    }
}

impl EventTable {
    /// Reads all commits from the event table `table` of `database`.
    ///
    /// # Errors
    /// A [`Violation`] if an item of the event table is not a commit.
    pub(super) fn from_database(database: &Database, table: &str) -> Result<Self, Violation> {
        let mut event_table: BTreeMap<StreamId, Vec<Commit>> = BTreeMap::new();
        let mut body = json!({ "TableName": table });
        loop {
            let call = DynamoRequest { caller: "checks", operation: "Scan".to_owned(), body: body.clone() };
            let body_in_known_form = in_known_form(&serve(database, &call).body);
            let answer: Value = serde_json::from_str(&body_in_known_form).unwrap();
            for item in answer["Items"].as_array().unwrap() {
                let commit = CommitItem::read(&JsonItem(item)).and_then(Commit::try_from);
                let commit = commit
                    .map_err(|error| format!("the event table has an item that is not a commit: {error}"))?;
                event_table.entry(commit.stream.clone()).or_default().push(commit);
            }
            match answer.get("LastEvaluatedKey") {
                Some(key) => body["ExclusiveStartKey"] = key.clone(),
                None => break,
            }
        }
        for commits in event_table.values_mut() {
            commits.sort_by_key(|commit| commit.first);
        }
        Ok(Self(event_table))
    }

    /// The number of commits.
    pub(super) fn commits(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    pub(super) fn streams(&self) -> impl Iterator<Item = (&StreamId, &Vec<Commit>)> {
        self.0.iter()
    }

    /// The expected views of all orders.
    pub(super) fn order_views(&self) -> Vec<Value> {
        self.orders().map(|(id, commits)| order_view(&id, commits, last(commits))).collect()
    }

    /// The orders with their ids.
    pub(super) fn orders(&self) -> impl Iterator<Item = (String, &Vec<Commit>)> {
        let orders = self.0.iter().filter(|(stream, _)| *stream.category() == Order::CATEGORY);
        orders.map(|(stream, commits)| (stream.uuid().to_string(), commits))
    }

    /// The products.
    pub(super) fn products(&self) -> impl Iterator<Item = &Vec<Commit>> {
        let products = self.0.iter().filter(|(stream, _)| *stream.category() == Product::CATEGORY);
        products.map(|(_, commits)| commits)
    }

    /// The commits of `stream`; none if the stream does not exist.
    pub(super) fn stream(&self, stream: &StreamId) -> &[Commit] {
        self.0.get(stream).map_or(&[], Vec::as_slice)
    }
}

/// The events of `commits` up to and including version `upto`.
pub(super) fn events<E: DomainEvent>(commits: &[Commit], upto: u64) -> Vec<Recorded<E>> {
    let all = commits.iter().flat_map(Commit::recorded::<E>);
    all.take_while(|(version, _)| version.get() <= upto).map(|(_, recorded)| recorded.unwrap()).collect()
}

/// The state of an order at version `upto`.
pub(super) fn order_at(commits: &[Commit], upto: u64) -> OrderState {
    let events = events::<OrderEvent>(commits, upto);
    events.iter().fold(OrderState::default(), |state, recorded| Order::evolve(state, &recorded.event))
}

/// The state of a product at version `upto`.
pub(super) fn product_at(commits: &[Commit], upto: u64) -> ProductState {
    let events = events::<ProductEvent>(commits, upto);
    events.iter().fold(ProductState::default(), |state, recorded| Product::evolve(state, &recorded.event))
}

/// Whether the key of a commit at `then` must still be remembered at `now`. Both times are in microseconds.
pub(super) fn is_remembered(then: i64, now: i64) -> bool {
    u128::from(now.saturating_sub(then).unsigned_abs()) <= KEY_LIFETIME.as_micros()
}

/// The version of the stream with these commits.
pub(super) fn last(commits: &[Commit]) -> u64 {
    commits.last().map_or(0, |commit| commit.last().get())
}

/// The expected view of the order `id` at version `upto`.
pub(super) fn order_view(id: &str, commits: &[Commit], upto: u64) -> Value {
    let events = events::<OrderEvent>(commits, upto).into_iter();
    let events = events.map(|recorded| (json!(recorded.event), recorded.metadata.occurred_at.to_string()));
    expected::order_view(id, events)
}

/// The expected view of the product with these commits at version `upto`.
pub(super) fn product_view(commits: &[Commit], upto: u64) -> Value {
    let version = upto.min(last(commits));
    let mut view = json!({ "version": version, "status": product_at(commits, version).name() });
    for recorded in events::<ProductEvent>(commits, version) {
        let at = recorded.metadata.occurred_at.to_string();
        if view.get("created_at").is_none() {
            view["created_at"] = json!(at);
        }
        view["updated_at"] = json!(at);
        let data = json!(recorded.event)["data"].clone();
        for (name, value) in data.as_object().into_iter().flatten() {
            view[name] = value.clone();
        }
    }
    if let Some(decimals) = view["currency"].as_str().map(decimals) {
        view["currency_decimals"] = json!(decimals);
    }
    view
}
