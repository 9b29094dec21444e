//! Messages as they are shown.

use serde_json::{Value, json};

use crate::redrive::failure::Failure;
use crate::redrive::letter::Letter;
use crate::redrive::{Listed, Message, ProjectionFunctions, Queue};

impl Listed {
    /// What is shown of `message`.
    pub(crate) fn of(queue: Queue, message: &Message, functions: &ProjectionFunctions) -> Self {
        let (projection, error, about) = match queue {
            Queue::StreamFailures => failure(message, functions),
            Queue::DeadLetters => letter(message),
        }
        .unwrap_or_else(|error| (String::new(), format!("the message cannot be read: {error}"), json!({})));
        let attempts = message.attempts();
        let redrive = (attempts.number > 0).then_some(attempts);
        Self { id: message.id.clone(), projection, error, about, redrive }
    }
}

type Shown = Result<(String, String, Value), serde_json::Error>;

fn failure(message: &Message, functions: &ProjectionFunctions) -> Shown {
    let failure: Failure = serde_json::from_str(&message.body)?;
    let (place, batch) = (failure.place(), &failure.batch);
    let about = json!({
        "shard_id": place.shard,
        "first_sequence_number": place.first,
        "last_sequence_number": place.last,
        "first_arrived_at": batch.approximate_arrival_of_first_record,
        "last_arrived_at": batch.approximate_arrival_of_last_record,
        "records": batch.batch_size,
    });
    let arn = failure.function_arn();
    let projection = functions.projection(arn).unwrap_or(arn).to_owned();
    Ok((projection, failure.condition().to_owned(), about))
}

fn letter(message: &Message) -> Shown {
    let letter: Letter = serde_json::from_str(&message.body)?;
    let about = json!({
        "shard_id": letter.shard_id,
        "sequence_number": letter.sequence_number,
        "arrived_at": letter.arrived_at(),
    });
    Ok((letter.function, letter.error, about))
}
