//! The console: a page that shows what happens in the stack, while it happens.
//!
//! Recent streams, each one's commits as the event table has them, the views of it in the other tables, and the trace of
//! each commit as a waterfall across the asynchronous hop. It knows of the tables what this project's functions agree on:
//!
//! - a commit is an item under `pk` = `<category>-<uuid>`, `sk` = version of its first event, with `count`, `events`,
//!   `at`, `by`, `traceparent` and `correlation_id`;
//! - whatever a projection keeps of a stream is under `pk` = `<category>#<uuid>`, with the `version` it is at.
//!
//! It only reads. Like the development issuer it is for whoever sits at this machine: no page of somebody else's gets
//! anything from it.

mod api;
mod commits;
mod error;
mod item;
mod live;
mod page;
mod recent;
mod views;

use std::sync::Arc;

use axum::routing::get;
use axum::{Router, middleware};
use dynoxide::Database;

pub(crate) use commits::Commits;
pub use error::ConsoleError;

use crate::dynamodb::Changes;
use crate::kinesis::Kinesis;
use crate::loopback;
use crate::otlp::TraceStore;
use crate::stop::Stopped;
use crate::template::Template;
use recent::Recent;
use views::Views;

/// What the console shows.
pub(crate) struct Console {
    recent: Recent,
    commits: Commits,
    views: Views,
    traces: TraceStore,
    /// Whether the functions send spans.
    has_telemetry: bool,
    changes: Changes,
    stopped: Stopped,
}

/// Where the console finds what it shows.
pub(crate) struct Sources<'s> {
    /// What the stack runs.
    pub(crate) template: &'s Template,
    /// The tables.
    pub(crate) database: &'s Database,
    /// Announces that a table may have changed.
    pub(crate) changes: &'s Changes,
    /// The streams of changes.
    pub(crate) kinesis: &'s Kinesis,
    /// The traces.
    pub(crate) traces: &'s TraceStore,
    /// Whether the functions send spans.
    pub(crate) has_telemetry: bool,
}

/// The console's routes, until the stack stops.
pub(crate) fn router(sources: &Sources<'_>, stopped: Stopped) -> Router {
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
        .route("/api/changes", get(live::changes))
        .with_state(console)
        .fallback(page::file)
        .layer(middleware::map_response(page::protected))
        .layer(middleware::from_fn(loopback::only_own_page))
}
