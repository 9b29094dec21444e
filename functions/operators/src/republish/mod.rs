//! The operator function that publishes events again: those of one stream, of a time, or all.
//!
//! The events are read from the event table, so events of any age can be published. They are marked, and may name the one
//! rule that they are for. The checkpoints of the publisher do not move. A request that does not finish in time, or that
//! the bus interrupts, returns the request that continues it.

mod operator;
mod request;

use std::sync::Arc;

use aws_client::variable;
use event_store::DynamoEventStore;
use lambda::{Error, LambdaEvent, SystemClock, deadline};
use publication::PublicationSettings;
use reactions::publish_events::VOCABULARY;

use crate::Lease;

pub use operator::Republish;
pub use request::{
    EmptyRange, EventRate, InvalidRate, InvalidRule, RepublishReport, RepublishRequest, RuleName,
};

/// Runs the function until Lambda stops its sandbox.
///
/// # Errors
/// [`aws_client::ConfigError`] that names the missing or wrong environment variable, or the error of Lambda's Runtime API.
pub fn run() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        let config = aws_client::config()?;
        let client = aws_client::dynamodb(&config);
        let PublicationSettings { bus, envelope } = PublicationSettings::required(&config, VOCABULARY)?;
        let republish = &Republish {
            events: DynamoEventStore::new(client.clone(), variable("EVENT_TABLE")?).on_side("operator"),
            bus: bus.on_side("operator"),
            envelope,
        };
        let lease = &Lease::new(client, variable("OPERATIONS_TABLE")?, "republish", Arc::new(SystemClock));
        let answer = async |event: LambdaEvent<RepublishRequest>| {
            let (request, deadline) = (event.payload, deadline(event.context.deadline));
            let work = async { republish.answer(request, deadline).await.map_err(Error::from) };
            lease.run(true, deadline, work).await
        };
        telemetry.run(answer).await
    })
}
