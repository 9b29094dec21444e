//! What becomes of one request.

use std::time::Duration;

use super::Call;
use crate::world::World;

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered.
    Answered,
    /// It never arrives.
    RequestLost,
    /// It takes effect, and its answer is lost.
    AnswerLost,
    /// It takes effect, and nothing is heard of it.
    Silence,
    /// It is refused for want of capacity.
    Throttled,
    /// It is answered 500 without effect.
    Failed,
    /// It is answered 500, and takes effect.
    FalselyFailed,
    /// It meets another transaction.
    Conflicted,
}

/// A request's fate, and how long its ways take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    pub(super) fate: Fate,
    pub(super) there: Duration,
    pub(super) back: Duration,
    /// Whether its answer stops before what was asked for.
    pub(super) is_short: bool,
}

/// The course of `call`.
pub(super) fn draw(world: &World, call: &Call) -> Course {
    let (dice, weather) = (&world.dice, world.weather());
    let only = |applies: bool, permille| if applies { permille } else { 0 };
    let in_transaction = call.operation == "TransactWriteItems";
    let fates = [
        (weather.lost_requests, Fate::RequestLost),
        (weather.lost_answers, Fate::AnswerLost),
        (weather.silences, Fate::Silence),
        (weather.throttles, Fate::Throttled),
        (weather.failures, Fate::Failed),
        (weather.false_failures, Fate::FalselyFailed),
        (only(in_transaction, weather.transaction_conflicts), Fate::Conflicted),
        (only(call.is_about_second_generation(), weather.new_table_throttles), Fate::Throttled),
    ];
    let fate =
        fates.into_iter().find(|(permille, _)| dice.chance(*permille)).map_or(Fate::Answered, |fate| fate.1);
    let slow = dice.chance(weather.slowness);
    let way = || if slow { dice.millis(100..2_500) } else { dice.millis(1..12) };
    let (there, back) = (way(), way());
    Course { fate, there, back, is_short: dice.chance(weather.short_answers) }
}
