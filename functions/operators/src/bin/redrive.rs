//! Wires the function that brings back what projections could not do.

use aws_client::{AttemptSpans, variable};
use aws_sdk_kinesis as kinesis;
use aws_sdk_sqs as sqs;
use event_store::DynamoEventStore;
use lambda::deadline;
use lambda::{Error, LambdaEvent};
use operators::redrive::{KinesisRecords, Redrive, Request, SqsMessages, Views};
use projection::SqsDeadLetters;

fn main() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        let config = aws_client::config()?;
        let client = aws_client::dynamodb(&config);
        let sqs =
            sqs::Client::from_conf(sqs::config::Builder::from(&config).interceptor(AttemptSpans).build());
        let kinesis = kinesis::Client::from_conf(
            kinesis::config::Builder::from(&config).interceptor(AttemptSpans).build(),
        );
        let events = DynamoEventStore::new(client.clone(), variable("EVENT_TABLE")?);
        let mut tables = vec![variable("QUERY_TABLE")?];
        tables.extend(variable("OTHER_QUERY_TABLE"));
        let dead_letters = variable("DEAD_LETTER_QUEUE_URL")?;
        let redrive = &Redrive {
            views: Views::new(events, &client, &tables),
            stream_failures: SqsMessages::new(sqs.clone(), variable("STREAM_FAILURE_QUEUE_URL")?),
            dead_letters: SqsMessages::new(sqs.clone(), &dead_letters),
            records: KinesisRecords::new(kinesis),
            set_aside: SqsDeadLetters::new(sqs, dead_letters),
            functions: variable("PROJECTION_FUNCTIONS")?.parse()?,
        };
        let answer = async |event: LambdaEvent<Request>| {
            redrive.answer(event.payload, deadline(event.context.deadline)).await.map_err(Error::from)
        };
        telemetry.run(answer).await
    })
}
