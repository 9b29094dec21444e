//! Attributes that are lists in the semantic conventions. The fields of `tracing` cannot be lists.

use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_semantic_conventions::attribute::AWS_DYNAMODB_CONSUMED_CAPACITY;

/// Converts the texts in `attributes` that the conventions define as lists to lists of one element.
///
/// Source: OpenTelemetry semantic conventions, "AWS DynamoDB client operations": `aws.dynamodb.consumed_capacity` is
/// `string[]`, one JSON text for each table.
pub(super) fn convert(attributes: &mut [KeyValue]) {
    let lists = attributes.iter_mut().filter(|one| one.key.as_str() == AWS_DYNAMODB_CONSUMED_CAPACITY);
    for KeyValue { value, .. } in lists {
        if let Value::String(text) = value {
            *value = Value::Array(Array::String(vec![std::mem::replace(text, StringValue::from(""))]));
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::{Array, KeyValue, Value};

    use super::convert;

    #[test]
    fn the_consumed_capacity_is_a_list_and_other_attributes_stay_unchanged() {
        let capacity = |value: Value| KeyValue::new("aws.dynamodb.consumed_capacity", value);
        let mut attributes = vec![KeyValue::new("db.system.name", "aws.dynamodb"), capacity("{}".into())];
        convert(&mut attributes);
        convert(&mut attributes);
        let list = Value::Array(Array::String(vec!["{}".into()]));
        assert_eq!(attributes, [KeyValue::new("db.system.name", "aws.dynamodb"), capacity(list)]);
    }
}
