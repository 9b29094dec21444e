//! `AWS::Serverless::Function`, and the settings in `Globals.Function` that it inherits.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::error::TemplateError;
use super::expressions::single_function;
use super::model::Function;
use super::policies;
use super::properties::Properties;
use super::scope::Scope;

const READ: &[&str] = &[
    "CodeUri",
    "Environment",
    "Events",
    "FunctionName",
    "LoggingConfig",
    "MemorySize",
    "Policies",
    "ReservedConcurrentExecutions",
    "Role",
    "Timeout",
];
/// Properties that only affect how AWS builds, deploys and logs a function. Locally, a function is a native process.
const INERT: &[&str] = &[
    "Architectures",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "CodeSigningConfigArn",
    "DeploymentPreference",
    "Description",
    "EphemeralStorage",
    "EventInvokeConfig",
    "Handler",
    "KmsKeyArn",
    "Layers",
    "PackageType",
    "PermissionsBoundary",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "RecursiveLoop",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "Tags",
    "Tracing",
    "VersionDescription",
    "VpcConfig",
];

/// Reads one function.
///
/// # Errors
/// [`TemplateError::Property`] when a property is invalid.
pub(crate) fn function(
    scope: &Scope<'_>,
    name: String,
    properties: &Properties<'_>,
) -> Result<Function, TemplateError> {
    properties.only(READ, INERT)?;
    let memory = properties.integer("MemorySize", 128..=10_240)?.unwrap_or(128);
    let timeout = properties.integer("Timeout", 1..=900)?.unwrap_or(3);
    let reserved = properties.integer("ReservedConcurrentExecutions", 0..=10_000)?;
    let (role, statements) = policies::of_function(scope, &name, properties)?;
    Ok(Function {
        logical_id: properties.resource.clone(),
        binary: binary(properties)?,
        environment: environment(properties)?,
        timeout: Duration::from_secs(timeout.unsigned_abs()),
        memory_mb: u32::try_from(memory).unwrap_or(u32::MAX),
        reserved_concurrency: reserved.and_then(|reserved| u32::try_from(reserved).ok()),
        name,
        role,
        statements,
        log_group: log_group(properties)?,
    })
}

/// A function's properties merged with the inherited ones.
///
/// The merge follows SAM: maps are merged and the function's entry wins; other values are replaced; an intrinsic
/// function counts as one value. SAM also joins lists, but the stack reads no list that `Globals` may contain.
pub(crate) fn with_globals<'s>(scope: &Scope<'_>, own: &Properties<'s>) -> Properties<'s> {
    let globals = scope.section("Globals").and_then(|globals| globals.get("Function"));
    own.with(merged(globals.and_then(Value::as_object).cloned().unwrap_or_default(), own.map.clone()))
}

fn merged(mut global: Map<String, Value>, own: Map<String, Value>) -> Map<String, Value> {
    if single_function(&global).is_some() || single_function(&own).is_some() {
        return own;
    }
    for (key, value) in own {
        let value = match (global.remove(&key), value) {
            (Some(Value::Object(inherited)), Value::Object(own)) => Value::Object(merged(inherited, own)),
            (_, value) => value,
        };
        global.insert(key, value);
    }
    global
}

fn binary(properties: &Properties<'_>) -> Result<String, TemplateError> {
    let uri = properties.required_text("CodeUri")?;
    let name = uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if name.is_empty() {
        return Err(properties.error("CodeUri", format!("{uri:?} does not end in the name of a binary")));
    }
    Ok(name.to_owned())
}

/// The log group in `LoggingConfig`. The other members of it only affect how AWS writes the log.
fn log_group(properties: &Properties<'_>) -> Result<Option<String>, TemplateError> {
    properties.object("LoggingConfig")?.map_or(Ok(None), |config| config.text("LogGroup"))
}

fn environment(properties: &Properties<'_>) -> Result<BTreeMap<String, String>, TemplateError> {
    let Some(environment) = properties.object("Environment")? else { return Ok(BTreeMap::new()) };
    let Some(variables) = environment.object("Variables")? else { return Ok(BTreeMap::new()) };
    // A variable with the value `AWS::NoValue` is omitted.
    let given = variables.names().filter_map(|name| match variables.text(name) {
        Ok(value) => value.map(|value| Ok((name.to_owned(), value))),
        Err(error) => Some(Err(error)),
    });
    given.collect()
}
