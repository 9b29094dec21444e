//! Reads the contract `shared/shop/contract/openapi.yaml`: lists its operations, and checks responses against it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;

use event_contract::EventSchemas;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use stack_template::parse_yaml;

/// A response.
#[derive(Debug, Clone)]
pub struct ApiResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null if there is no body.
    pub body: Value,
}

impl ApiResponse {
    /// The header `name`; empty if it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The code at the end of the problem's type; empty if the response is not a problem.
    #[must_use]
    pub fn problem(&self) -> &str {
        self.body["type"].as_str().and_then(|urn| urn.rsplit(':').next()).unwrap_or_default()
    }
}

static CONTRACT: LazyLock<Result<Value, String>> = LazyLock::new(read);

/// An operation: its method in upper case, its path, and its scopes. One of the scopes is enough.
pub type Operation = (String, String, BTreeSet<String>);

fn read() -> Result<Value, String> {
    let file = stack_template::project().join("shared/shop/contract/openapi.yaml");
    parse_yaml(&fs::read_to_string(file).map_err(|error| error.to_string())?)
        .map_err(|error| error.to_string())
}

fn contract() -> Result<&'static Value, String> {
    CONTRACT.as_ref().map_err(Clone::clone)
}

/// All operations of the contract.
pub fn operations() -> Result<BTreeSet<Operation>, String> {
    let paths = contract()?["paths"].as_object().ok_or("the contract has no paths")?;
    let of_path = |(path, methods): (&String, &'static Value)| {
        let methods = methods.as_object().into_iter().flatten();
        // A path lists the parameters that its operations share.
        let operations = methods
            .filter(|(method, _)| *method != "parameters")
            .map(|(method, operation)| (method.to_uppercase(), path.clone(), scopes(operation)));
        operations.collect::<Vec<_>>()
    };
    Ok(paths.iter().flat_map(of_path).collect())
}

fn scopes(operation: &Value) -> BTreeSet<String> {
    let alternatives = operation["security"].as_array().into_iter().flatten();
    let scopes = alternatives.flat_map(|one| one["jwt"].as_array().into_iter().flatten());
    scopes.filter_map(|scope| scope.as_str().map(ToOwned::to_owned)).collect()
}

/// Checks `reply`, the response to `method` on `path` (with its query string), against the contract. The status and the
/// content type must be documented, and the body must match the schema. A request that matches no operation must get
/// API Gateway's 404.
///
/// # Errors
/// An error that describes the first difference from the contract.
pub(crate) fn check(method: &str, path: &str, reply: &ApiResponse) -> Result<(), String> {
    let path = path.split('?').next().unwrap_or_default();
    let received = || format!("{method} {path} answers {} {}", reply.status, reply.body);
    let Some(operation) = find(method, path)? else {
        return if reply.status == 404 {
            Ok(())
        } else {
            Err(format!("{}: there is no such operation", received()))
        };
    };
    let response = resolve(&operation["responses"][reply.status.to_string()])?;
    if response.is_null() {
        return Err(format!("{}: the status is not documented", received()));
    }
    let content = &response["content"];
    if content.is_null() {
        return if reply.body.is_null() {
            Ok(())
        } else {
            Err(format!("{}: no body is documented", received()))
        };
    }
    let media = reply.header("content-type").split(';').next().unwrap_or_default().trim();
    let schema = &content[media]["schema"];
    if schema.is_null() {
        return Err(format!("{}: {media} is not documented", received()));
    }
    let root = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "components": contract()?["components"],
        "$ref": schema["$ref"]});
    let validator = jsonschema::validator_for(&root).map_err(|error| error.to_string())?;
    validator
        .validate(&reply.body)
        .map_err(|error| format!("{}: {error} at {}", received(), error.instance_path()))?;
    if schema["$ref"] == EVENT_PAGE {
        check_events(&reply.body).map_err(|error| format!("{}: {error}", received()))?;
    }
    Ok(())
}

/// The schema of a page of events. `openapi.yaml` leaves the data of an event open, and `events/` has its schemas.
const EVENT_PAGE: &str = "#/components/schemas/EventPage";

static EVENTS: LazyLock<Result<EventSchemas, String>> = LazyLock::new(|| {
    let folder = stack_template::project().join("shared/shop/contract/events");
    EventSchemas::read(&folder).map_err(|error| error.to_string())
});

/// Checks the data of each event in a page against the newest schema of the event.
fn check_events(page: &Value) -> Result<(), String> {
    let schemas = EVENTS.as_ref().map_err(Clone::clone)?;
    for event in page["items"].as_array().into_iter().flatten() {
        let name = event["type"].as_str().unwrap_or_default();
        schemas.check_newest(name, &event["data"]).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The operation of `method` on `path`. If several paths match, the one with the fewest parameters wins.
fn find(method: &str, path: &str) -> Result<Option<&'static Value>, String> {
    let paths = contract()?["paths"].as_object().ok_or("the contract has no paths")?;
    let candidates = paths.iter().filter(|(template, _)| fits(template, path));
    let found = candidates.min_by_key(|(template, _)| template.matches('{').count());
    Ok(found.map(|(_, methods)| &methods[method.to_lowercase()]).filter(|operation| !operation.is_null()))
}

/// Whether `path` matches the path `template`, whose parameters are in braces.
fn fits(template: &str, path: &str) -> bool {
    let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    wanted.len() == given.len()
        && wanted.iter().zip(given).all(|(wanted, given)| wanted.starts_with('{') || *wanted == given)
}

/// Follows the `$ref` of `value`, if it has one.
fn resolve(value: &'static Value) -> Result<&'static Value, String> {
    match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => {
            contract()?.pointer(pointer).ok_or_else(|| format!("{pointer} is not in the contract"))
        }
        None => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests the check: an event with a field that its schema does not have is reported.
    #[test]
    fn an_event_without_its_published_form_is_reported() {
        let page = |data: Value| {
            let item = json!({
                "specversion": "1.0", "id": "88ff29da-5d15-5579-bbe9-31669f7d4774", "source": "/orders",
                "type": "OrderShipped", "subject": "88ff29da-5d15-5579-bbe9-31669f7d4774",
                "time": "2026-11-28T12:00:00Z", "datacontenttype": "application/json", "data": data,
                "sequence": "00000000000000000003", "correlationid": "c", "causationid": "r",
            });
            let mut headers = HeaderMap::new();
            headers.insert("content-type", "application/json".parse().expect("a header"));
            let reply = ApiResponse { status: 200, headers, body: json!({"items": [item]}) };
            check("GET", "/queries/orders/88ff29da-5d15-5579-bbe9-31669f7d4774/events", &reply)
        };
        assert_eq!(page(json!({"tracking_number": "JJD0003", "carrier": "DHL"})), Ok(()));
        for wrong in
            [json!({"carrier": "DHL"}), json!({"tracking_number": "JJD0003", "carrier": "DHL", "to": "me"})]
        {
            assert!(page(wrong).expect_err("a mismatch").contains("OrderShipped"));
        }
    }
}
