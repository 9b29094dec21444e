//! The console: a page that shows the activity of the stack live.
//!
//! The page shows recent streams, each stream's commits from the event table, its views in the other tables, and the
//! trace of each commit as a waterfall that includes the asynchronous projections. It also shows a [map] of the
//! template with live counts, the [events](published) on the event buses, the [dead letters](dead_letters), and the
//! [faults] that chaos injects. The console relies on these conventions of the project's functions:
//!
//! - A commit is an item with `pk` = `<category>-<uuid>`, `sk` = version of its first event, and the attributes
//!   `count`, `events`, `at`, `by`, `traceparent` and `correlation_id`.
//! - A projection stores the view of a stream under `pk` = `<category>#<uuid>`, with the stream's `version` that the
//!   view reflects.
//!
//! - The attributes of views and events have names that tell a stream's [headline].
//! - A message about a record that a function set aside has the members that [`letter`] lists.
//!
//! The console reads, with two exceptions: it redrives a dead letter, and it changes the rates of faults. Like the
//! development issuer, it accepts requests only from programs and its own page on this machine. Foreign pages get no
//! data and change nothing.

mod api;
mod commits;
mod dead_letters;
mod faults;
mod headline;
mod item;
mod letter;
mod map;
mod page;
mod published;
mod recent;
mod views;

use std::sync::Arc;

use api::Console;
use axum::routing::{get, post};
use axum::{Router, middleware};
use dead_letters::DeadLetters;
use dynoxide::Database;
use map::Map;
use recent::Recent;
use stack_base::chaos::Chaos;
use stack_base::loopback;
use stack_base::stop::Stopped;
use stack_dynamodb::Changes;
use stack_events::EventBuses;
use stack_kinesis::Kinesis;
use stack_lambda::Lambda;
use stack_sqs::Sqs;
use stack_telemetry::otlp::TraceStore;
use stack_template::Template;
use views::Views;

pub use commits::{Commit, Commits};
pub use item::ConsoleError;
pub use map::CountUnpublished;

/// The data sources of the console.
pub struct Sources<'s> {
    /// The template that the stack runs.
    pub template: &'s Template,
    /// The engine that holds the tables.
    pub database: &'s Database,
    /// Announces that a table may have changed.
    pub changes: &'s Changes,
    /// The streams of changes.
    pub kinesis: &'s Kinesis,
    /// The queues, with the dead letters.
    pub sqs: &'s Sqs,
    /// The event buses, with the published events.
    pub events: &'s EventBuses<Lambda>,
    /// The functions, which are counted and invoked with redriven records.
    pub lambda: &'s Lambda,
    /// The faults, whose rates the page can change.
    pub chaos: &'s Chaos,
    /// Counts the changes that are not in a stream yet.
    pub unpublished: CountUnpublished,
    /// The shell command that sends the first commands to an empty stack.
    pub first_command: String,
    /// The traces.
    pub traces: &'s TraceStore,
    /// True if the functions send spans.
    pub has_telemetry: bool,
}

/// The console's routes. Event streams end when the stack stops.
pub fn router(sources: Sources<'_>, stopped: Stopped) -> Router {
    let map = Map {
        template: sources.template.clone(),
        database: sources.database.clone(),
        kinesis: sources.kinesis.clone(),
        sqs: sources.sqs.clone(),
        lambda: sources.lambda.clone(),
        events: sources.events.log().clone(),
        unpublished: sources.unpublished,
    };
    let dead_letters = DeadLetters {
        template: sources.template.clone(),
        kinesis: sources.kinesis.clone(),
        sqs: sources.sqs.clone(),
        lambda: sources.lambda.clone(),
        events: sources.events.clone(),
    };
    let console = Arc::new(Console {
        recent: Recent::new(sources.template, sources.kinesis),
        commits: Commits::new(sources.template, sources.database),
        views: Views::new(sources.template, sources.database),
        map,
        events: sources.events.log().clone(),
        dead_letters,
        chaos: sources.chaos.clone(),
        first_command: sources.first_command,
        traces: sources.traces.clone(),
        has_telemetry: sources.has_telemetry,
        changes: sources.changes.clone(),
        stopped,
    });
    Router::new()
        .route("/api/streams", get(api::streams))
        .route("/api/streams/{stream}", get(api::stream))
        .route("/api/map", get(api::map))
        .route("/api/events", get(api::events))
        .route("/api/dead-letters", get(api::dead_letters))
        .route("/api/dead-letters/{queue}/{id}/redrive", post(api::redrive))
        .route("/api/faults", get(api::faults).put(api::change_faults))
        .route("/api/traces/{trace}", get(api::trace))
        .route("/api/changes", get(api::changes))
        .with_state(console)
        .fallback(page::file)
        .layer(middleware::map_response(page::protected))
        .layer(middleware::from_fn(loopback::only_own_page))
}
