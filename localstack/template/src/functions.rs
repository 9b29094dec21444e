//! `AWS::Serverless::Function`, and the settings in `Globals.Function` that it inherits.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::error::TemplateError;
use super::events::queue;
use super::expressions::single_function;
use super::model::{AsynchronousInvocation, Function};
use super::policies;
use super::properties::Properties;
use super::scope::Scope;

const READ: &[&str] = &[
    "CodeUri",
    "Environment",
    "EventInvokeConfig",
    "Events",
    "FunctionName",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "Policies",
    "ReservedConcurrentExecutions",
    "Role",
    "Runtime",
    "Timeout",
];
/// Properties without an effect that a local caller could see. A function is a native process of this machine.
const INERT: &[&str] = &[
    // Its build, its code's storage and its machine in AWS.
    "Architectures",
    "CodeSigningConfigArn",
    "EphemeralStorage",
    "Handler",
    "KmsKeyArn",
    "ProvisionedConcurrencyConfig",
    "RecursiveLoop",
    "RuntimeManagementConfig",
    "SnapStart",
    "SourceKMSKeyArn",
    "VpcConfig",
    // A layer of a native function holds an extension. The stack itself receives the function's logs and spans.
    "Layers",
    "Tracing",
    // Its deployment. An alias and its version always run the code that cargo built.
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "DeploymentPreference",
    "VersionDescription",
    // Its generated role. The boundary is usually a policy of the account, which the template does not contain.
    "AssumeRolePolicyDocument",
    "PermissionsBoundary",
    "RolePath",
    // Texts.
    "Description",
    "PropagateTags",
    "Tags",
];

/// Reads one function.
///
/// # Errors
/// [`TemplateError::Property`] when a property is invalid.
pub(crate) fn function(
    scope: &Scope<'_>,
    name: String,
    metadata: &Properties<'_>,
    properties: &Properties<'_>,
) -> Result<Function, TemplateError> {
    properties.only(READ, INERT)?;
    only_native(properties)?;
    let memory = properties.integer("MemorySize", 128..=10_240)?.unwrap_or(128);
    let timeout = properties.integer("Timeout", 1..=900)?.unwrap_or(3);
    let reserved = properties.integer("ReservedConcurrentExecutions", 0..=10_000)?;
    let (role, statements) = policies::of_function(scope, &name, properties)?;
    Ok(Function {
        logical_id: properties.resource.clone(),
        binary: binary(metadata, properties)?,
        environment: environment(properties)?,
        asynchronous: asynchronous(properties)?,
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
/// `IgnoreGlobals` names the properties that the function does not inherit, or is `*`.
///
/// # Errors
/// [`TemplateError::Property`] when `IgnoreGlobals` is neither `*` nor a list.
pub(crate) fn with_globals<'s>(
    scope: &Scope<'_>,
    ignored: Option<&Value>,
    own: &Properties<'s>,
) -> Result<Properties<'s>, TemplateError> {
    let globals = scope.section("Globals").and_then(|globals| globals.get("Function"));
    let mut globals = globals.and_then(Value::as_object).cloned().unwrap_or_default();
    match ignored {
        None => {}
        Some(Value::String(all)) if all == "*" => globals.clear(),
        Some(Value::Array(names)) => globals.retain(|name, _| !names.iter().any(|ignored| ignored == name)),
        Some(_) => return Err(own.error("IgnoreGlobals", "is neither * nor a list of properties")),
    }
    Ok(own.with(merged(globals, own.map.clone())))
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

fn asynchronous(properties: &Properties<'_>) -> Result<AsynchronousInvocation, TemplateError> {
    let defaults = AsynchronousInvocation::default();
    let Some(config) = properties.object("EventInvokeConfig")? else { return Ok(defaults) };
    config.only(&["DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts"], &[])?;
    let retries =
        config.integer("MaximumRetryAttempts", 0..=2)?.and_then(|retries| u32::try_from(retries).ok());
    let age = config.integer("MaximumEventAgeInSeconds", 60..=21_600)?;
    let destinations = config.object("DestinationConfig")?;
    if let Some(destinations) = &destinations {
        destinations.only(&["OnFailure", "OnSuccess"], &[])?;
    }
    let queue = |side| destinations.as_ref().map_or(Ok(None), |config| queue(config, side));
    Ok(AsynchronousInvocation {
        maximum_retries: retries.unwrap_or(defaults.maximum_retries),
        maximum_event_age: age
            .map_or(defaults.maximum_event_age, |age| Duration::from_secs(age.unsigned_abs())),
        on_failure_queue: queue("OnFailure")?,
        on_success_queue: queue("OnSuccess")?,
    })
}

/// Refuses a function whose code is not a native binary.
fn only_native(properties: &Properties<'_>) -> Result<(), TemplateError> {
    if let Some(runtime) = properties.text("Runtime")?.filter(|runtime| !runtime.starts_with("provided.")) {
        return Err(
            properties.error("Runtime", format!("{runtime} is not supported locally; only provided.* is"))
        );
    }
    match properties.text("PackageType")?.filter(|kind| kind != "Zip") {
        Some(kind) => Err(properties.error("PackageType", format!("{kind} is not supported locally"))),
        None => Ok(()),
    }
}

/// The name of a function's binary. If the SAM CLI builds the function with cargo lambda, it is in the metadata (SAM
/// developer guide, "Building Rust Lambda functions with Cargo Lambda"). Otherwise `CodeUri` is the folder of a built
/// function, which cargo lambda names after the binary.
fn binary(metadata: &Properties<'_>, properties: &Properties<'_>) -> Result<String, TemplateError> {
    let uri = properties.required_text("CodeUri")?;
    if metadata.text("BuildMethod")?.as_deref() == Some("rust-cargolambda") {
        let build = metadata.required_object("BuildProperties")?;
        return build.required_text("Binary");
    }
    let name = uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if name.is_empty() || name == "." {
        return Err(properties.error("CodeUri", format!("{uri:?} does not end in the name of a binary")));
    }
    Ok(name.to_owned())
}

/// The log group in `LoggingConfig`. The other members of it only affect how AWS writes the log.
fn log_group(properties: &Properties<'_>) -> Result<Option<String>, TemplateError> {
    let Some(config) = properties.object("LoggingConfig")? else { return Ok(None) };
    config.only(&["LogGroup"], &["ApplicationLogLevel", "LogFormat", "SystemLogLevel"])?;
    config.text("LogGroup")
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
