//! The operator function that builds a generation of the query table from the event table, and compares the two
//! generations.
//!
//! The function scans the event table in segments. Every projection handles each page as if the stream had delivered
//! its commits. Meanwhile the live stream feeds both generations, so a commit may be written twice. The checkpoints and
//! conditional writes of the views make this safe: the second write finds the commit applied already and changes
//! nothing. The function may therefore stop and restart at any point.

mod build;
mod compare;
mod pace;
mod request;
mod settings;

use std::sync::Arc;

use aws_client::variable;
use event_store::DynamoEventStore;
use lambda::{Error, LambdaEvent, SystemClock};
use projection::Stores;
use view_store::{DynamoParity, DynamoProgress, QueryTable};

use crate::{Lease, Projections};

pub use build::{BuildError, BuildReport, BuildState, RebuildJob};
pub use compare::{CompareReport, CompareState, Comparison, Continuation};
pub use request::{RebuildOperator, RebuildReport, RebuildRequest};
pub use settings::{SettingError, Settings};

/// Runs the function until Lambda stops its sandbox.
///
/// # Errors
/// [`aws_client::ConfigError`] or [`SettingError`] that names the missing or wrong environment variable, or the error
/// of Lambda's Runtime API.
pub fn run() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        let settings = Settings::read(|name| std::env::var(name).unwrap_or_default())?;
        let client = aws_client::dynamodb(&aws_client::config()?);
        let (built, other) = (variable("BUILT_TABLE")?, variable("OTHER_TABLE")?);
        let event_table = variable("EVENT_TABLE")?;
        let events = DynamoEventStore::new(client.clone(), &event_table);
        let table = QueryTable { client: client.clone(), name: built.clone(), timeline: event_table };
        let stores = Stores { events, tables: (table, None), clock: Arc::new(SystemClock) };
        let projections = Projections::with_stores(&stores);
        let counters = projections.counters();
        let operator = &RebuildOperator {
            build: RebuildJob {
                projections,
                events: stores.events,
                progress: DynamoProgress::new(client.clone(), &built),
                settings,
            },
            comparison: Comparison {
                parity: DynamoParity::new(client.clone(), built, other, counters),
                pause: Comparison::PAUSE,
            },
        };
        let lease = &Lease::new(client, variable("OPERATIONS_TABLE")?, "rebuild", Arc::new(SystemClock));
        let answer = async |event: LambdaEvent<RebuildRequest>| {
            let (request, deadline) = (event.payload, lambda::deadline(event.context.deadline));
            lease.run(request.changes(), deadline, operator.answer(request, deadline)).await
        };
        telemetry.run(answer).await
    })
}
