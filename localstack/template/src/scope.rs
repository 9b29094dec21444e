//! The declarations of a template by name: parameters with values, sections and resources.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use stack_base::account::{ACCOUNT, PARTITION, REGION, STACK_NAME, name_of_arn};

/// A template's document and the values of its parameters.
pub(crate) struct Scope<'t> {
    document: &'t Value,
    parameters: BTreeMap<String, Value>,
    /// Base URL of the local AWS endpoint, with which queue URLs start.
    pub(crate) endpoint: &'t str,
}

impl<'t> Scope<'t> {
    /// Creates the scope of `document` with these parameter values. Queue URLs start with `endpoint`.
    pub(crate) fn new(document: &'t Value, parameters: BTreeMap<String, Value>, endpoint: &'t str) -> Self {
        Self { document, parameters, endpoint }
    }

    /// A top-level section such as `Globals`, if it exists and is a map.
    pub(crate) fn section(&self, name: &str) -> Option<&'t Map<String, Value>> {
        self.document.get(name).and_then(Value::as_object)
    }

    /// The declaration of a resource.
    pub(crate) fn resource(&self, logical_id: &str) -> Option<&'t Value> {
        self.section("Resources")?.get(logical_id)
    }

    /// The type of a declaration, or empty if it has none.
    pub(crate) fn type_of(declaration: &Value) -> &str {
        declaration.get("Type").and_then(Value::as_str).unwrap_or_default()
    }

    /// True if `name` is the value of a parameter, or the name at the end of an ARN that is one.
    pub(crate) fn gives(&self, name: &str) -> bool {
        self.parameters.values().filter_map(Value::as_str).any(|value| name_of_arn(value) == name)
    }

    /// The value of a parameter, or the local value of an AWS pseudo parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<Value> {
        self.parameters.get(name).cloned().or_else(|| pseudo_parameter(name).map(Value::String))
    }
}

fn pseudo_parameter(name: &str) -> Option<String> {
    let value = match name {
        "AWS::AccountId" => ACCOUNT.to_owned(),
        "AWS::Partition" => PARTITION.to_owned(),
        "AWS::Region" => REGION.to_owned(),
        "AWS::StackId" => {
            format!("arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK_NAME}/local")
        }
        "AWS::StackName" => STACK_NAME.to_owned(),
        "AWS::URLSuffix" => "amazonaws.com".to_owned(),
        _ => return None,
    };
    Some(value)
}
