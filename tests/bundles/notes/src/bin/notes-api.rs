//! Stores a note (`PUT /notes/{id}`), and returns the number of its words (`GET /notes/{id}/words`).

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda::{Error, LambdaEvent, variable};
use serde_json::{Value, json};

fn main() -> Result<(), Error> {
    lambda::run("notes", async |telemetry| {
        let dynamodb = aws_client::dynamodb(&aws_client::config()?);
        telemetry
            .run(async |event: LambdaEvent<ApiGatewayV2httpRequest>| handle(&dynamodb, event.payload).await)
            .await
    })
}

async fn handle(dynamodb: &Client, request: ApiGatewayV2httpRequest) -> Result<Value, Error> {
    let id = AttributeValue::S(request.path_parameters.get("id").cloned().unwrap_or_default());
    if request.request_context.http.method == "PUT" {
        let text = AttributeValue::S(request.body.unwrap_or_default());
        let put = dynamodb.put_item().table_name(variable("NOTES")?);
        put.item("id", id).item("text", text).send().await?;
        return Ok(json!({"statusCode": 204}));
    }
    let get = dynamodb.get_item().table_name(variable("WORD_COUNTS")?).key("id", id);
    let item = get.consistent_read(true).send().await?.item;
    Ok(match item.as_ref().and_then(|item| item.get("words")?.as_n().ok()) {
        Some(words) => json!({"statusCode": 200, "body": words}),
        None => json!({"statusCode": 404}),
    })
}
