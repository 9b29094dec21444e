//! The `main` function of a reaction's function: from the environment to Lambda's runtime.

use aws_client::variable;
use event_store::DynamoEventStore;
use lambda::{Error, LambdaEvent, SystemClock, deadline};
use serde_json::Value;

use crate::{Reaction, handle};

/// The binary has another name than the reaction that it runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the binary {binary} runs the reaction {reaction}: give the reaction's NAME and the binary the same name"
)]
pub struct WrongBinary {
    /// The binary's name.
    pub binary: &'static str,
    /// The reaction's name.
    pub reaction: &'static str,
}

/// Runs the function of the reaction `R` until Lambda ends its sandbox. `binary` is the name of the binary. The
/// function's metrics are in `namespace`.
///
/// The environment must have `EVENT_TABLE` and the variables that [`aws_client::config`] reads. An event that cannot be
/// handled is reported to Lambda as an error.
///
/// # Errors
/// - [`WrongBinary`] if `binary` is not the reaction's name
/// - [`aws_client::ConfigError`] with the name of the variable that is missing or invalid
/// - the error of the runtime if Lambda's Runtime API fails
pub fn run<R: Reaction>(namespace: &'static str, binary: &'static str) -> Result<(), Error> {
    if binary != R::NAME {
        return Err(WrongBinary { binary, reaction: R::NAME }.into());
    }
    lambda::run(namespace, async |telemetry| {
        let client = aws_client::dynamodb(&aws_client::config()?);
        let store = &DynamoEventStore::new(client, variable("EVENT_TABLE")?).on_side("reaction");
        let react = async |event: LambdaEvent<Value>| {
            let end = deadline(event.context.deadline);
            handle::<R, _>(store, event.payload, &SystemClock, end).await.map_err(Error::from)
        };
        telemetry.run(react).await
    })
}
