//! What names mean inside a template: parameters, pseudo parameters, conditions and resources.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::conditions;
use super::names;
use crate::account::{ACCOUNT, PARTITION, REGION, STACK_NAME};

/// Everything a name can refer to.
pub(crate) struct Scope<'t> {
    document: &'t Value,
    parameters: BTreeMap<String, Value>,
    endpoint: &'t str,
}

impl<'t> Scope<'t> {
    /// The scope of `document` with these parameter values; queues answer on `endpoint`.
    pub(crate) fn new(document: &'t Value, parameters: BTreeMap<String, Value>, endpoint: &'t str) -> Self {
        Self { document, parameters, endpoint }
    }

    /// Base URL of the local AWS endpoint, which queue URLs start with.
    pub(crate) fn endpoint(&self) -> &str {
        self.endpoint
    }

    /// A top-level section such as `Globals`, if it is there and a map.
    pub(crate) fn section(&self, name: &str) -> Option<&'t Map<String, Value>> {
        self.document.get(name).and_then(Value::as_object)
    }

    /// One resource's whole declaration.
    pub(crate) fn resource(&self, logical_id: &str) -> Option<&'t Value> {
        self.section("Resources")?.get(logical_id)
    }

    /// The type of a declaration, empty when it has none.
    pub(crate) fn type_of(declaration: &Value) -> &str {
        declaration.get("Type").and_then(Value::as_str).unwrap_or_default()
    }

    /// What `Ref` gives for a name.
    ///
    /// # Errors
    /// What is wrong: nothing has this name.
    pub(crate) fn reference(&self, name: &str, depth: usize) -> Result<Value, String> {
        if let Some(value) = self.parameters.get(name) {
            return Ok(value.clone());
        }
        if let Some(value) = pseudo_parameter(name) {
            return Ok(Value::String(value));
        }
        let declaration = self
            .resource(name)
            .ok_or_else(|| format!("{name} is neither a parameter nor a resource of this template"))?;
        names::reference(self, name, declaration, depth).map(Value::String)
    }

    /// What `Fn::GetAtt` gives.
    ///
    /// # Errors
    /// What is wrong: no such resource, or no such attribute locally.
    pub(crate) fn attribute(&self, resource: &str, attribute: &str, depth: usize) -> Result<String, String> {
        let declaration = self
            .resource(resource)
            .ok_or_else(|| format!("{resource} is not a resource of this template"))?;
        names::attribute(self, resource, declaration, attribute, depth)
    }

    /// Whether a declared resource is created: it has no condition, or one that holds.
    ///
    /// # Errors
    /// What is wrong with the condition.
    pub(crate) fn creates(&self, declaration: &Value) -> Result<bool, String> {
        let condition = declaration.get("Condition").and_then(Value::as_str);
        condition.map_or(Ok(true), |name| self.condition(name, 0))
    }

    /// Whether a named condition holds.
    ///
    /// # Errors
    /// What is wrong: no such condition, or a malformed one.
    pub(crate) fn condition(&self, name: &str, depth: usize) -> Result<bool, String> {
        let condition = self.section("Conditions").and_then(|conditions| conditions.get(name));
        let condition = condition.ok_or_else(|| format!("{name} is not a condition of this template"))?;
        conditions::holds(self, condition, depth).map_err(|problem| format!("condition {name}: {problem}"))
    }
}

/// AWS's pseudo parameters, as they are locally.
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
