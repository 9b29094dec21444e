//! One command of a batch, and the event that a function of its own would get for it.

use std::collections::HashMap;

use es_core::StreamVersion;
use http::HeaderValue;
use http_api::{ETag, Failure, GatewayEvent};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

const MALFORMED: &str = "body-malformed";

/// What a command does to its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operation {
    Create,
    Confirm,
    Ship,
    Deliver,
    Cancel,
}

/// One command of a batch.
pub(crate) struct Command {
    operation: Operation,
    order_id: Option<String>,
    key: Option<String>,
    if_match: Option<u64>,
    /// Everything else: what its body would be.
    fields: Map<String, Value>,
}

impl Command {
    /// The command that `entry` holds.
    ///
    /// # Errors
    /// [`Problem::Malformed`](http_api::Problem::Malformed) naming the member that cannot be read.
    pub(crate) fn read(entry: Value) -> Result<Self, Failure> {
        let Value::Object(mut fields) = entry else {
            return Err(Failure::malformed("body", MALFORMED, "a command is an object"));
        };
        let operation = taken(&mut fields, "operation")?.ok_or_else(|| missing("operation"))?;
        let order_id = match operation {
            // A new order has no id yet: one that is given stays behind, as a field that there is not.
            Operation::Create => None,
            Operation::Confirm | Operation::Ship | Operation::Deliver | Operation::Cancel => {
                Some(taken(&mut fields, "order_id")?.ok_or_else(|| missing("order_id"))?)
            }
        };
        let (key, if_match) = (taken(&mut fields, "idempotency_key")?, taken(&mut fields, "if_match")?);
        Ok(Self { operation, order_id, key, if_match, fields })
    }

    /// The event that the command would be alone: everything of the batch's event but what is its own. `key` is the
    /// idempotency key where it has none of its own.
    ///
    /// # Errors
    /// [`Problem::Malformed`](http_api::Problem::Malformed) where its key cannot be one.
    pub(crate) fn event(
        self,
        frame: &GatewayEvent,
        key: Option<String>,
    ) -> Result<(Operation, GatewayEvent), Failure> {
        let mut event = frame.clone();
        let payload = &mut event.payload;
        payload.headers.remove("idempotency-key");
        payload.headers.remove("if-match");
        if let Some(key) = self.key.or(key) {
            payload.headers.insert("idempotency-key", header("idempotency_key", &key)?);
        }
        if let Some(version) = self.if_match {
            let tag = ETag(StreamVersion::new(version)).to_string();
            payload.headers.insert("if-match", header("if_match", &tag)?);
        }
        payload.request_context.http.path = Some(path(self.operation, self.order_id.as_deref()));
        payload.path_parameters = HashMap::from_iter(self.order_id.map(|id| ("id".to_owned(), id)));
        payload.body = Some(Value::Object(self.fields).to_string());
        payload.is_base64_encoded = false;
        Ok((self.operation, event))
    }
}

fn path(operation: Operation, order: Option<&str>) -> String {
    let verb = match operation {
        Operation::Create => return "/commands/orders".to_owned(),
        Operation::Confirm => "confirm",
        Operation::Ship => "ship",
        Operation::Deliver => "deliver",
        Operation::Cancel => "cancel",
    };
    format!("/commands/orders/{}/{verb}", order.unwrap_or_default())
}

fn taken<T: DeserializeOwned>(
    fields: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<T>, Failure> {
    let value = fields.remove(name).map(serde_json::from_value).transpose();
    value.map_err(|error| Failure::unreadable(name, &error))
}

fn missing(name: &'static str) -> Failure {
    Failure::malformed(name, MALFORMED, format!("missing field `{name}`"))
}

fn header(field: &'static str, text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(text).map_err(|error| Failure::malformed(field, MALFORMED, error.to_string()))
}
