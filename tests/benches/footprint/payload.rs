//! Reads the samples in `events/` and changes the few values that a new invocation needs.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::product::ProductId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Error;

/// The product in the sample batch of `product-projection` and in the sample request of `get-product`.
pub(crate) const PRODUCT: &str = "espresso-beans-1kg";

/// The sample `name` of `function`.
pub(crate) fn sample(function: &str, name: &str) -> Result<Value, Error> {
    let file = stack_template::project().join(format!("events/{function}/{name}.json"));
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// The request `sample` with a new idempotency key.
pub(crate) fn with_new_key(mut sample: Value) -> Value {
    sample["headers"]["idempotency-key"] = json!(Uuid::now_v7());
    sample
}

/// The request `sample` with the id `order` in place of the sample's own id.
pub(crate) fn with_id(sample: &Value, order: &str) -> Result<Value, Error> {
    let own = sample["pathParameters"]["id"].as_str().ok_or("the sample has no id in its path")?;
    Ok(serde_json::from_str(&sample.to_string().replace(own, order))?)
}

/// The request `sample` from the caller `subject`.
pub(crate) fn with_caller(mut sample: Value, subject: &str) -> Value {
    sample["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = json!(subject);
    sample
}

/// The request `sample` with the query string `query`.
pub(crate) fn with_query(mut sample: Value, query: &str) -> Value {
    sample["rawQueryString"] = json!(query);
    sample
}

/// The batch of commands `sample` with `orders` in place of the sample's two orders. The sample's first command creates
/// an order at the catalog's price. It gets a price here, because the functions run with `PRICE_SOURCE=command`.
pub(crate) fn with_orders(mut sample: Value, orders: [String; 2]) -> Result<Value, Error> {
    let mut body: Value = serde_json::from_str(sample["body"].as_str().unwrap_or_default())?;
    body["commands"][0]["items"][0]["unit_price_cents"] = json!(5_990);
    let own = [1, 4].map(|place| body["commands"][place]["order_id"].as_str().map(ToOwned::to_owned));
    let mut text = body.to_string();
    for (own, order) in own.into_iter().zip(orders) {
        text = text.replace(&own.ok_or("a command of the sample names no order")?, &order);
    }
    sample["body"] = json!(text);
    Ok(sample)
}

/// The batch of records `sample` with `order` in place of the sample's order.
pub(crate) fn with_order(sample: Value, order: &str) -> Result<Value, Error> {
    map_records(sample, |text, stream| text.replace(stream, &format!("order-{order}")))
}

/// The batch of records `sample` with `product` in place of [`PRODUCT`].
pub(crate) fn with_product(sample: Value, product: &str) -> Result<Value, Error> {
    let stream = product.parse::<ProductId>()?.stream().to_string();
    map_records(sample, |text, own| text.replace(own, &stream).replace(PRODUCT, product))
}

/// The batch `sample` with changed records. `change` receives the text and the stream of a record, and returns the new
/// text.
fn map_records(mut sample: Value, change: impl Fn(&str, &str) -> String) -> Result<Value, Error> {
    for record in sample["Records"].as_array_mut().ok_or("the sample has no records")? {
        let data = STANDARD.decode(record["kinesis"]["data"].as_str().unwrap_or_default())?;
        let text = String::from_utf8(data)?;
        let image: Value = serde_json::from_str(&text)?;
        let stream = image["dynamodb"]["Keys"]["pk"]["S"].as_str().ok_or("the record has no stream")?;
        record["kinesis"]["data"] = json!(STANDARD.encode(change(&text, stream)));
    }
    Ok(sample)
}
