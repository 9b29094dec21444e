//! Tables that a request names by ARN. The engine knows tables by name only.
//!
//! A request may give the ARN of a table wherever it may give its name, and the response then has the ARN too (Amazon
//! `DynamoDB` API Reference, `TableName` of `GetItem` and `ConsumedCapacity`, `RequestItems` of `BatchGetItem`). The stack
//! has one account in one region, so an ARN of another account or region is refused.

use std::collections::BTreeMap;

use axum::body::Bytes;
use serde_json::{Map, Value};
use stack_base::account::{ACCOUNT, PARTITION, REGION};
use stack_base::service_error::ServiceError;

/// Members of a response that are maps with tables as keys.
const MAPS_OF_TABLES: [&str; 4] =
    ["ItemCollectionMetrics", "Responses", "UnprocessedItems", "UnprocessedKeys"];

/// The tables that a request named by ARN: their ARNs, by name.
#[derive(Debug, Default)]
pub(crate) struct TableArns(BTreeMap<String, String>);

impl TableArns {
    /// Replaces the ARNs in a request's body by names. A body without ARNs stays as it is, byte for byte.
    ///
    /// # Errors
    /// [`ServiceError`] when an ARN is not that of a table in the stack's account and region.
    pub(crate) fn take(operation: &str, body: Bytes) -> Result<(Self, Bytes), ServiceError> {
        let mut found = Self::default();
        if !body.windows(5).any(|bytes| bytes == b"\"arn:") {
            return Ok((found, body));
        }
        // The engine refuses a malformed body.
        let Ok(Value::Object(mut request)) = serde_json::from_slice(&body) else { return Ok((found, body)) };
        found.replace_name(operation, &mut request)?;
        if let Some(Value::Object(tables)) = request.get_mut("RequestItems") {
            *tables = std::mem::take(tables)
                .into_iter()
                .map(|(table, items)| Ok((found.name(operation, table)?, items)))
                .collect::<Result<_, ServiceError>>()?;
        }
        let parts = request.get_mut("TransactItems").and_then(Value::as_array_mut);
        for part in parts.into_iter().flatten().filter_map(Value::as_object_mut) {
            for request in part.values_mut().filter_map(Value::as_object_mut) {
                found.replace_name(operation, request)?;
            }
        }
        let body = if found.0.is_empty() { body } else { Value::Object(request).to_string().into() };
        Ok((found, body))
    }

    fn replace_name(
        &mut self,
        operation: &str,
        request: &mut Map<String, Value>,
    ) -> Result<(), ServiceError> {
        if let Some(Value::String(table)) = request.get_mut("TableName") {
            *table = self.name(operation, std::mem::take(table))?;
        }
        Ok(())
    }

    /// The name of a table that is given by name or ARN.
    fn name(&mut self, operation: &str, table: String) -> Result<String, ServiceError> {
        if !table.starts_with("arn:") {
            return Ok(table);
        }
        let name = name_in_arn(operation, &table)?.to_owned();
        self.0.insert(name.clone(), table);
        Ok(name)
    }

    /// Replaces the names in a response's body by the ARNs of the request. The flag is true when the body is unchanged.
    pub(crate) fn give_back(&self, body: Bytes) -> (Bytes, bool) {
        if self.0.is_empty() {
            return (body, true);
        }
        let Ok(Value::Object(mut response)) = serde_json::from_slice(&body) else { return (body, true) };
        for member in MAPS_OF_TABLES {
            if let Some(Value::Object(tables)) = response.get_mut(member) {
                *tables = std::mem::take(tables)
                    .into_iter()
                    .map(|(table, items)| (self.0.get(&table).cloned().unwrap_or(table), items))
                    .collect();
            }
        }
        match response.get_mut("ConsumedCapacity") {
            Some(Value::Array(tables)) => tables.iter_mut().for_each(|table| self.name_by_arn(table)),
            Some(table) => self.name_by_arn(table),
            None => {}
        }
        (Value::Object(response).to_string().into(), false)
    }

    fn name_by_arn(&self, consumed: &mut Value) {
        if let Some(Value::String(table)) = consumed.get_mut("TableName")
            && let Some(arn) = self.0.get(table)
        {
            table.clone_from(arn);
        }
    }
}

/// The name in the ARN of a table.
fn name_in_arn<'a>(operation: &str, arn: &'a str) -> Result<&'a str, ServiceError> {
    let malformed = || {
        let problem = format!("Invalid TableArn: Invalid ResourceArn provided as input {arn}");
        ServiceError::client("com.amazon.coral.validate#ValidationException", problem)
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, PARTITION, "dynamodb", region, account, resource] = parts[..] else { return Err(malformed()) };
    let name = resource.strip_prefix("table/").filter(|name| !name.is_empty() && !name.contains('/'));
    let name = name.ok_or_else(malformed)?;
    if account != ACCOUNT {
        // The table of another account needs a policy of its own, which no table has here (`DynamoDB` developer guide,
        // "Cross-account access with resource-based policies").
        let problem = format!(
            "User: arn:{PARTITION}:iam::{ACCOUNT}:root is not authorized to perform: dynamodb:{operation} on resource: \
             {arn} because no resource-based policy allows the dynamodb:{operation} action"
        );
        return Err(ServiceError::client("com.amazon.coral.service#AccessDeniedException", problem));
    }
    if region != REGION {
        let problem = format!("{arn} is in the region {region}, but this endpoint serves {REGION}");
        return Err(ServiceError::client("com.amazon.coral.validate#ValidationException", problem));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use serde_json::{Value, json};

    use super::TableArns;

    const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";

    fn taken(body: &Value) -> (TableArns, Value) {
        let (arns, body) = TableArns::take("GetItem", Bytes::from(body.to_string())).unwrap();
        (arns, serde_json::from_slice(&body).unwrap())
    }

    #[test]
    fn an_arn_is_a_name_wherever_a_request_names_a_table() {
        let key = json!({"pk": {"S": ARN}});
        for (given, named) in [
            (json!({"TableName": ARN, "Key": key}), json!({"TableName": "orders", "Key": key})),
            (
                json!({"RequestItems": {ARN: {"Keys": [key]}}}),
                json!({"RequestItems": {"orders": {"Keys": [key]}}}),
            ),
            (
                json!({"TransactItems": [{"Get": {"TableName": ARN, "Key": key}}]}),
                json!({"TransactItems": [{"Get": {"TableName": "orders", "Key": key}}]}),
            ),
        ] {
            assert_eq!(taken(&given).1, named);
        }
    }

    #[test]
    fn a_body_without_the_arn_of_a_table_keeps_its_bytes() {
        let body = Bytes::from_static(br#"{"TableName":"orders", "Key":{"pk":{"S":"arn:aws:x"}},"n":1e1}"#);
        assert_eq!(TableArns::take("GetItem", body.clone()).unwrap().1, body);
    }

    /// API reference: the response has the ARN if the request had it.
    #[test]
    fn the_response_has_the_arn_of_the_request() {
        let (arns, _) = taken(&json!({"RequestItems": {ARN: {}, "views": {}}}));
        let consumed = |table: &str| json!({"TableName": table, "CapacityUnits": 1.0});
        let response = json!({
            "Responses": {"orders": [], "views": []},
            "ConsumedCapacity": [consumed("orders"), consumed("views")],
        });
        let (given_back, is_unchanged) = arns.give_back(Bytes::from(response.to_string()));
        let expected = json!({
            "Responses": {ARN: [], "views": []},
            "ConsumedCapacity": [consumed(ARN), consumed("views")],
        });
        assert_eq!((serde_json::from_slice::<Value>(&given_back).unwrap(), is_unchanged), (expected, false));
    }

    #[test]
    fn the_arn_of_another_account_region_or_resource_is_refused() {
        for (arn, code, message) in [
            (
                "arn:aws:dynamodb:us-east-1:111111111111:table/orders",
                "com.amazon.coral.service#AccessDeniedException",
                "because no resource-based policy allows the dynamodb:GetItem action",
            ),
            (
                "arn:aws:dynamodb:eu-west-1:000000000000:table/orders",
                "com.amazon.coral.validate#ValidationException",
                "is in the region eu-west-1, but this endpoint serves us-east-1",
            ),
            (
                "arn:aws:sqs:us-east-1:000000000000:orders",
                "com.amazon.coral.validate#ValidationException",
                ARN_INVALID,
            ),
            (
                "arn:aws:dynamodb:us-east-1:000000000000:table/orders/index/i",
                "com.amazon.coral.validate#ValidationException",
                ARN_INVALID,
            ),
        ] {
            let body = Bytes::from(json!({"TableName": arn}).to_string());
            let refused = TableArns::take("GetItem", body).unwrap_err();
            assert_eq!(refused.code, code, "{arn}");
            assert!(refused.message.contains(message), "{}", refused.message);
        }
    }

    const ARN_INVALID: &str = "Invalid TableArn: Invalid ResourceArn provided as input arn:";
}
