//! Counts the words of each note that the stream of the table delivers.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda::{Error, LambdaEvent, variable};
use serde_json::Value;

fn main() -> Result<(), Error> {
    lambda::run("notes", async |telemetry| {
        let dynamodb = aws_client::dynamodb(&aws_client::config()?);
        telemetry.run(async |event: LambdaEvent<Value>| handle(&dynamodb, event.payload).await).await
    })
}

async fn handle(dynamodb: &Client, event: Value) -> Result<(), Error> {
    for record in event["Records"].as_array().into_iter().flatten() {
        let note = &record["dynamodb"]["NewImage"];
        let (Some(id), Some(text)) = (note["id"]["S"].as_str(), note["text"]["S"].as_str()) else { continue };
        let words = AttributeValue::N(text.split_whitespace().count().to_string());
        let put = dynamodb.put_item().table_name(variable("WORD_COUNTS")?);
        put.item("id", AttributeValue::S(id.to_owned())).item("words", words).send().await?;
    }
    Ok(())
}
