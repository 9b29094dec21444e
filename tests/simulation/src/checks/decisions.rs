//! Checks that each decision was based on a state that its streams had while the request was handled. A refusal or an
//! answer "nothing to change" from an older state is a violation. A price may be older, up to the maximum age of a price.

use std::ops::{Range, RangeInclusive};

use domain::product::{Offer, ProductId, ProductState};
use es_core::Commit;
use serde_json::Value;

use super::answers::{addressed_stream, event_type, stream_in_receipt};
use super::event_table::{EventTable, Violation, order_at, product_at};
use super::streams::may_follow;
use crate::clients::{CommandAnswer, SentCommand};
use crate::world::World;

/// Checks all answers and all orders.
pub(super) fn see_the_present(event_table: &EventTable, world: &World) -> Result<(), Violation> {
    for sent in world.ledger.commands() {
        for answer in &sent.answers {
            let is_based_on_the_present = match answer.status {
                200..300 => answer.is_replay || has_present_version(world, answer),
                400..500 => is_due(event_table, world, &sent, answer),
                _ => true,
            };
            if !is_based_on_the_present {
                return Err(format!("the answer does not fit the state at its time: {answer:?} to {sent:?}"));
            }
        }
        for invocation in &sent.invocations {
            let made = event_table.orders().filter_map(|(_, commits)| commits.first());
            for commit in made.filter(|commit| commit.metadata.causation_id == invocation.id) {
                has_recent_prices(event_table, world, commit, invocation.sent_at)?;
            }
        }
    }
    Ok(())
}

/// Whether the version in `answer` is not older than the version that the stream had when the request was sent.
fn has_present_version(world: &World, answer: &CommandAnswer) -> bool {
    let versions = world.commit_log.versions(&stream_in_receipt(&answer.body), &answer.during);
    answer.body["version"].as_u64().unwrap() >= *versions.start()
}

/// Whether the refusal `answer` is right for a state that the streams had while the request was handled.
fn is_due(event_table: &EventTable, world: &World, sent: &SentCommand, answer: &CommandAnswer) -> bool {
    let request = &sent.request;
    let code = answer.body["type"].as_str().unwrap_or_default().rsplit(':').next().unwrap_or_default();
    if code == "invalid-value" {
        return request.route == "create-order"
            && is_refused_by_the_catalog(event_table, world, sent, answer);
    }
    let stream = addressed_stream(request);
    let (commits, mut versions) =
        (event_table.stream(&stream), world.commit_log.versions(&stream, &answer.during));
    match code {
        "contended" | "idempotency-key-reused" => true,
        "not-found" => *versions.start() == 0,
        "stale-version" => versions.any(|version| request.if_match != Some(version)),
        "product-discontinued" => {
            versions.any(|version| product_at(commits, version) == ProductState::Discontinued)
        }
        _ if code.starts_with("order-") => versions
            .any(|version| !may_follow(order_at(commits, version).status(), event_type(request.route))),
        _ => false,
    }
}

/// Whether a product of the order was not for sale, or had another price than the order claims, while the request was
/// handled.
fn is_refused_by_the_catalog(
    event_table: &EventTable,
    world: &World,
    sent: &SentCommand,
    answer: &CommandAnswer,
) -> bool {
    items(&sent.request.body).any(|item| {
        let mut offers = offers(event_table, world, item, &answer.during);
        offers.any(|offer| {
            let claimed = item["unit_price_cents"].as_i64();
            offer.is_none_or(|offer| claimed.is_some_and(|claimed| claimed != offer.unit_price_cents))
        })
    })
}

/// Checks that each price of the order that `commit` creates was the product's price at some time before the commit, but
/// not longer before the time `sent_at` than the maximum age of a price. The request was sent at that time.
fn has_recent_prices(
    event_table: &EventTable,
    world: &World,
    commit: &Commit,
    sent_at: i64,
) -> Result<(), Violation> {
    if !world.prices_come_from_catalog {
        return Ok(());
    }
    let max_age = i64::try_from(world.price_max_age.as_micros()).unwrap();
    let began = world.commit_log.position_at(sent_at - max_age);
    let end = world.commit_log.position(&commit.stream, commit.last().get()).unwrap_or(began);
    let during = began..end.max(began);
    let is_offered = |item: &Value| {
        let mut offers = offers(event_table, world, item, &during);
        offers.any(|offer| {
            offer.is_some_and(|offer| {
                item["unit_price_cents"] == offer.unit_price_cents && item["name"] == offer.name
            })
        })
    };
    match items(&commit.events[0].data).find(|item| !is_offered(item)) {
        Some(item) => Err(format!("{} has an outdated price: {item}", commit.stream)),
        None => Ok(()),
    }
}

/// The offers of the product of `item` between two positions of the commit log; `None` while the product was not for
/// sale.
fn offers(
    event_table: &EventTable,
    world: &World,
    item: &Value,
    during: &Range<usize>,
) -> impl Iterator<Item = Option<Offer>> {
    let id = item["product_id"].as_str().unwrap().to_owned();
    let stream = ProductId::try_from(id).unwrap().stream();
    let commits = event_table.stream(&stream);
    let versions: RangeInclusive<u64> = world.commit_log.versions(&stream, during);
    versions.map(|version| match product_at(commits, version) {
        ProductState::Active(offer) => Some(offer),
        ProductState::Missing | ProductState::Discontinued => None,
    })
}

fn items(order: &Value) -> impl Iterator<Item = &Value> {
    order["items"].as_array().into_iter().flatten()
}
