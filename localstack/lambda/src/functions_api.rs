//! The operations that describe functions: `ListFunctions`, `GetFunction` and `GetFunctionConfiguration` (Lambda API
//! reference). A function has one version, `$LATEST`, and no alias.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Lambda;
use super::api_error::ApiError;
use super::function::{Function, LATEST};
use super::query::{page, parameter};
use super::reference::find;

/// Maximum number of functions in a page.
const PAGE: usize = 50;

/// `ListFunctions`.
pub(super) async fn list(
    State(lambda): State<Lambda>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let is_qualified = match parameter(query.as_deref(), "FunctionVersion") {
        None => false,
        Some(version) if version == "ALL" => true,
        Some(other) => {
            let constraint = "Member must satisfy enum value set: [ALL]";
            return Err(ApiError::validation("functionVersion", &other, constraint));
        }
    };
    let functions: Vec<_> = lambda.functions().collect();
    let (functions, next) = page(&functions, query.as_deref(), PAGE)?;
    let mut listed = Vec::with_capacity(functions.len());
    for function in functions {
        listed.push(configuration(&lambda, function, is_qualified).await);
    }
    Ok(Json(json!({ "Functions": listed, "NextMarker": next })))
}

/// `GetFunction`. The location of the code is the path of the function's binary.
pub(super) async fn get(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let found = find(&lambda, &function, query.as_deref(), "GetFunction")?;
    let spec = &found.function.spec;
    let mut description = json!({
        "Configuration": configuration(&lambda, &found.function, found.is_qualified).await,
        "Code": { "RepositoryType": "S3", "Location": format!("file://{}", spec.binary.display()) },
    });
    if let Some(reserved) = spec.reserved_concurrency {
        description["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
    }
    Ok(Json(description))
}

/// `GetFunctionConfiguration`.
pub(super) async fn get_configuration(
    State(lambda): State<Lambda>,
    Path(function): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let found = find(&lambda, &function, query.as_deref(), "GetFunctionConfiguration")?;
    Ok(Json(configuration(&lambda, &found.function, found.is_qualified).await))
}

/// A `FunctionConfiguration`. The hash of the code is left out, because the binary may be large.
async fn configuration(lambda: &Lambda, function: &Function, is_qualified: bool) -> Value {
    let spec = &function.spec;
    let size = tokio::fs::metadata(&spec.binary).await.map_or(0, |binary| binary.len());
    let arn = if is_qualified { format!("{}:{LATEST}", spec.arn) } else { spec.arn.clone() };
    let started = lambda.started();
    json!({
        "FunctionName": spec.name,
        "FunctionArn": arn,
        "Runtime": "provided.al2023",
        "Role": spec.role,
        "Handler": "bootstrap",
        "CodeSize": size,
        "Description": "",
        "Timeout": spec.timeout.as_secs(),
        "MemorySize": spec.memory_mb,
        "LastModified": started.replace('Z', "+0000"),
        "Version": LATEST,
        "Environment": { "Variables": spec.environment },
        "TracingConfig": { "Mode": "PassThrough" },
        "RevisionId": Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{}@{started}", spec.arn).as_bytes()),
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": [if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }],
        "EphemeralStorage": { "Size": 512 },
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": spec.log_group },
    })
}
