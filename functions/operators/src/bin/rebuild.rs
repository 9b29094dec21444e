//! Wires the function that builds a generation of the query table.

use aws_client::variable;
use event_store::DynamoEventStore;
use lambda::{Error, LambdaEvent};
use operators::rebuild::{Build, Comparison, Operator, Projections, Request, Settings};
use read_store::{DynamoParity, DynamoProgress};

fn main() -> Result<(), Error> {
    lambda::run(shop_contract::NAMESPACE, async |telemetry| {
        let settings = Settings::read(|name| std::env::var(name).unwrap_or_default())?;
        let client = aws_client::dynamodb(&aws_client::config()?);
        let (built, other) = (variable("BUILT_TABLE")?, variable("OTHER_TABLE")?);
        let events = DynamoEventStore::new(client.clone(), variable("EVENT_TABLE")?);
        let projections = Projections::new(&events, &client, std::slice::from_ref(&built));
        let progress = DynamoProgress::new(client.clone(), &built);
        let operator = &Operator {
            build: Build { events, projections, progress, settings },
            comparison: Comparison {
                parity: DynamoParity::new(client, built, other),
                pause: Comparison::PAUSE,
            },
        };
        let answer = async |event: LambdaEvent<Request>| {
            operator.answer(event.payload, lambda::deadline(event.context.deadline)).await
        };
        telemetry.run(answer).await
    })
}
