//! The operator function that builds a generation of the query table from the event table, compares it with the live
//! one, and switches queries to it.
//!
//! The function scans the event table in segments. Every projection handles each page as if the stream had delivered
//! its commits. Meanwhile the live stream feeds both generations, so a commit may be written twice. The checkpoints and
//! conditional writes of the views make this safe: the second write finds the commit applied already and changes
//! nothing. The function may therefore stop and restart at any point.
//!
//! The scan begins when every projection writes both generations. A commit that a projection has written to the live
//! generation alone was then in the event table before the scan began.

mod build;
mod compare;
mod compared;
mod emptying;
mod request;
mod settings;
mod switching;

use std::sync::Arc;

use aws_client::{seconds, variable};
use event_store::DynamoEventStore;
use lambda::{Error, LambdaEvent, SystemClock};
use view_store::{DynamoGenerations, GenerationNames, MAX_AGE_VARIABLE};

use crate::Lease;

pub use build::{BuildError, BuildReport, BuildState, GenerationsReport, RebuildJob};
pub use compare::{CompareReport, CompareState, Comparison, Continuation};
pub use compared::Compared;
pub use emptying::EmptyError;
pub use request::{RebuildOperator, RebuildReport, RebuildRequest};
pub use settings::{SettingError, Settings};
pub use switching::{GenerationSwitch, SettleTimes, SwitchError, Target};

/// Runs the function until Lambda stops its sandbox.
///
/// # Errors
/// [`aws_client::ConfigError`] or [`SettingError`] that names the missing or wrong environment variable, or the error
/// of Lambda's Runtime API.
pub fn run() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        let settings = Settings::read(|name| std::env::var(name).unwrap_or_default())?;
        let client = aws_client::dynamodb(&aws_client::config()?);
        let (event_table, operations_table) = (variable("EVENT_TABLE")?, variable("OPERATIONS_TABLE")?);
        let operator = &RebuildOperator {
            events: DynamoEventStore::new(client.clone(), &event_table).on_side("operator"),
            event_table,
            names: GenerationNames::from_environment()?,
            switch: GenerationSwitch {
                store: DynamoGenerations::new(client.clone(), &operations_table),
                clock: Arc::new(SystemClock),
                settle_times: SettleTimes::new(seconds(MAX_AGE_VARIABLE)?, seconds("PROJECTION_TIMEOUT")?),
            },
            client: client.clone(),
            settings,
            pause: Comparison::PAUSE,
        };
        let lease = &Lease::new(client, operations_table, "rebuild", Arc::new(SystemClock));
        let answer = async |event: LambdaEvent<RebuildRequest>| {
            let (request, deadline) = (event.payload, lambda::deadline(event.context.deadline));
            operator.answer_with_lease(lease, request, deadline).await
        };
        telemetry.run(answer).await
    })
}
