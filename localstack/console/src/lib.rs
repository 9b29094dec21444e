//! The console: a page that shows the activity of the stack live.
//!
//! The page shows recent streams, each stream's commits from the event table, its views in the other tables, and the
//! trace of each commit as a waterfall that includes the asynchronous projections. The console relies on these
//! conventions of the project's functions:
//!
//! - A commit is an item with `pk` = `<category>-<uuid>`, `sk` = version of its first event, and the attributes
//!   `count`, `events`, `at`, `by`, `traceparent` and `correlation_id`.
//! - A projection stores the view of a stream under `pk` = `<category>#<uuid>`, with the stream's `version` that the
//!   view reflects.
//!
//! The console only reads. Like the development issuer, it accepts requests only from programs and its own page on this
//! machine. Foreign pages get no data.

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
    /// The traces.
    pub traces: &'s TraceStore,
    /// True if the functions send spans.
    pub has_telemetry: bool,
}

/// The console's routes. Event streams end when the stack stops.
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
