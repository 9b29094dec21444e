//! One command of a batch, and the API Gateway payload of the equivalent single request.

use std::collections::HashMap;

use es_core::StreamVersion;
use http::HeaderValue;
use http_api::{ApiError, ETag, Gateway};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

const MALFORMED: &str = "body-malformed";

/// What a command does to its order. The operation's name is the last segment of the route of the single request.
/// `create` is the exception: its route is the collection itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operation {
    Create,
    Confirm,
    Ship,
    Deliver,
    Cancel,
}

impl Operation {
    const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Confirm => "confirm",
            Self::Ship => "ship",
            Self::Deliver => "deliver",
            Self::Cancel => "cancel",
        }
    }
}

/// One command of a batch.
pub(crate) struct BatchCommand {
    operation: Operation,
    order_id: Option<String>,
    key: Option<String>,
    if_match: Option<u64>,
    /// All other members. They are the body of the single request.
    fields: Map<String, Value>,
}

impl BatchCommand {
    /// Reads a command from `entry`, one element of the batch.
    ///
    /// # Errors
    /// [`Problem::Malformed`](http_api::Problem::Malformed) that names the unreadable member.
    pub(crate) fn read(entry: Value) -> Result<Self, ApiError> {
        let Value::Object(mut fields) = entry else {
            return Err(ApiError::malformed("body", MALFORMED, "each command must be a JSON object"));
        };
        let operation = take_field(&mut fields, "operation")?.ok_or_else(|| missing("operation"))?;
        let order_id = match operation {
            // A new order has no id yet. A given `order_id` stays in `fields`, and the handler refuses it as an unknown
            // field.
            Operation::Create => None,
            Operation::Confirm | Operation::Ship | Operation::Deliver | Operation::Cancel => {
                Some(take_field(&mut fields, "order_id")?.ok_or_else(|| missing("order_id"))?)
            }
        };
        let (key, if_match) =
            (take_field(&mut fields, "idempotency_key")?, take_field(&mut fields, "if_match")?);
        Ok(Self { operation, order_id, key, if_match, fields })
    }

    /// The payload of the single request. Path, body, idempotency key and expected version come from the command, and
    /// everything else from the batch's payload `frame`. `key` is the idempotency key of a command without its own.
    ///
    /// # Errors
    /// [`Problem::Malformed`](http_api::Problem::Malformed) if the idempotency key is not a valid header value.
    pub(crate) fn payload(
        self,
        frame: &Gateway,
        key: Option<String>,
    ) -> Result<(Operation, Gateway), ApiError> {
        let mut payload = frame.clone();
        payload.headers.remove("idempotency-key");
        payload.headers.remove("if-match");
        if let Some(key) = self.key.or(key) {
            payload.headers.insert("idempotency-key", header("idempotency_key", &key)?);
        }
        if let Some(version) = self.if_match {
            let tag = ETag(StreamVersion::new(version)).to_string();
            payload.headers.insert("if-match", header("if_match", &tag)?);
        }
        // The batch's route is the collection's route followed by `:batch`.
        let batch = payload.request_context.http.path.as_deref().unwrap_or_default();
        let collection = batch.rsplit_once(':').map_or(batch, |(collection, _)| collection);
        let path = match &self.order_id {
            Some(order) => format!("{collection}/{order}/{}", self.operation.name()),
            None => collection.to_owned(),
        };
        payload.request_context.http.path = Some(path);
        payload.path_parameters = HashMap::from_iter(self.order_id.map(|id| ("id".to_owned(), id)));
        payload.body = Some(Value::Object(self.fields).to_string());
        payload.is_base64_encoded = false;
        Ok((self.operation, payload))
    }
}

fn take_field<T: DeserializeOwned>(
    fields: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<T>, ApiError> {
    let value = fields.remove(name).map(serde_json::from_value).transpose();
    value.map_err(|error| ApiError::unreadable(name, &error))
}

fn missing(name: &'static str) -> ApiError {
    ApiError::malformed(name, MALFORMED, format!("missing field `{name}`"))
}

fn header(field: &'static str, text: &str) -> Result<HeaderValue, ApiError> {
    let detail = "must have 1 to 255 visible ASCII characters";
    HeaderValue::from_str(text).map_err(|_| ApiError::malformed(field, MALFORMED, detail))
}
