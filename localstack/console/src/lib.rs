//! The console: a page that shows what happens in the stack, while it happens.
//!
//! Recent streams, each one's commits as the event table has them, the views of it in the other tables, and the trace of
//! each commit as a waterfall across the asynchronous hop. It knows of the tables what this project's functions agree on:
//!
//! - a commit is an item under `pk` = `<category>-<uuid>`, `sk` = version of its first event, with `count`, `events`,
//!   `at`, `by`, `traceparent` and `correlation_id`;
//! - whatever a projection keeps of a stream is under `pk` = `<category>#<uuid>`, with the `version` it is at.
//!
//! The console only reads. Like the development issuer it answers programs and pages of this machine only; a foreign page
//! gets nothing from it.

mod api;
mod commits;
mod item;
mod page;
mod recent;
mod views;

use std::sync::Arc;

use api::Console;
use axum::routing::get;
use axum::{Router, middleware};
use dynoxide::Database;
use recent::Recent;
use stack_base::loopback;
use stack_base::stop::Stopped;
use stack_dynamodb::Changes;
use stack_kinesis::Kinesis;
use stack_telemetry::otlp::TraceStore;
use stack_template::Template;
use views::Views;

pub use commits::{Commit, Commits};
pub use item::ConsoleError;

/// Where the console finds what it shows.
pub struct Sources<'s> {
    /// What the stack runs.
    pub template: &'s Template,
    /// The tables.
    pub database: &'s Database,
    /// Announces that a table may have changed.
    pub changes: &'s Changes,
    /// The streams of changes.
    pub kinesis: &'s Kinesis,
    /// The traces.
    pub traces: &'s TraceStore,
    /// Whether the functions send spans.
    pub has_telemetry: bool,
}

/// The console's routes, until the stack stops.
pub fn router(sources: &Sources<'_>, stopped: Stopped) -> Router {
    let console = Arc::new(Console {
        recent: Recent::new(sources.template, sources.kinesis),
        commits: Commits::new(sources.template, sources.database),
        views: Views::new(sources.template, sources.database),
        traces: sources.traces.clone(),
        has_telemetry: sources.has_telemetry,
        changes: sources.changes.clone(),
        stopped,
    });
    Router::new()
        .route("/api/streams", get(api::streams))
        .route("/api/streams/{stream}", get(api::stream))
        .route("/api/traces/{trace}", get(api::trace))
        .route("/api/changes", get(api::changes))
        .with_state(console)
        .fallback(page::file)
        .layer(middleware::map_response(page::protected))
        .layer(middleware::from_fn(loopback::only_own_page))
}
