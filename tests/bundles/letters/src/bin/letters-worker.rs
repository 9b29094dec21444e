//! Files the letters of the queue. A letter without a text fails, and the queue delivers it again.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda::{Error, LambdaEvent, variable};
use serde_json::{Value, json};

fn main() -> Result<(), Error> {
    lambda::run("letters", async |telemetry| {
        let dynamodb = aws_client::dynamodb(&aws_client::config()?);
        telemetry.run(async |event: LambdaEvent<Value>| handle(&dynamodb, event.payload).await).await
    })
}

async fn handle(dynamodb: &Client, event: Value) -> Result<Value, Error> {
    let mut failures = Vec::new();
    for record in event["Records"].as_array().into_iter().flatten() {
        let letter: Value = serde_json::from_str(record["body"].as_str().unwrap_or_default())?;
        let (Some(id), Some(text)) = (letter["id"].as_str(), letter["text"].as_str()) else {
            failures.push(json!({"itemIdentifier": record["messageId"]}));
            continue;
        };
        let put = dynamodb.put_item().table_name(variable("FILED")?);
        let put = put.item("id", AttributeValue::S(id.to_owned()));
        put.item("text", AttributeValue::S(text.to_owned())).send().await?;
    }
    Ok(json!({"batchItemFailures": failures}))
}
