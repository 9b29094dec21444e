//! Sends a letter to the queue (`POST /letters/{id}`), and returns a letter that is filed (`GET /letters/{id}`).

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda::{Error, LambdaEvent, variable};
use serde_json::{Value, json};

fn main() -> Result<(), Error> {
    lambda::run("letters", async |telemetry| {
        let config = aws_client::config()?;
        let (dynamodb, sqs) = (aws_client::dynamodb(&config), aws_sdk_sqs::Client::new(&config));
        telemetry
            .run(async |event: LambdaEvent<ApiGatewayV2httpRequest>| {
                handle(&dynamodb, &sqs, event.payload).await
            })
            .await
    })
}

async fn handle(
    dynamodb: &aws_sdk_dynamodb::Client,
    sqs: &aws_sdk_sqs::Client,
    request: ApiGatewayV2httpRequest,
) -> Result<Value, Error> {
    let id = request.path_parameters.get("id").cloned().unwrap_or_default();
    if request.request_context.http.method == "POST" {
        let letter = json!({"id": id, "text": request.body}).to_string();
        sqs.send_message().queue_url(variable("OUTBOX")?).message_body(letter).send().await?;
        return Ok(json!({"statusCode": 202}));
    }
    let key = AttributeValue::S(id);
    let get = dynamodb.get_item().table_name(variable("FILED")?).key("id", key);
    let item = get.consistent_read(true).send().await?.item;
    Ok(match item.as_ref().and_then(|item| item.get("text")?.as_s().ok()) {
        Some(text) => json!({"statusCode": 200, "body": text}),
        None => json!({"statusCode": 404}),
    })
}
