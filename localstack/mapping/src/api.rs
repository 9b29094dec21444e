//! The operations of Lambda's REST API for event source mappings: `ListEventSourceMappings`, `GetEventSourceMapping`, and
//! `UpdateEventSourceMapping`, which changes `Enabled` only (Lambda API reference). The template sets everything else.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use stack_base::account::{ACCOUNT, PARTITION, REGION, function_arn, name_of_function, queue_arn};
use stack_base::clock::seconds;
use stack_lambda::api_error::ApiError;
use stack_lambda::query::{page, parameter};
use stack_template::{EventSource, StartingPosition};

use super::running::{Mapping, Mappings};

/// Maximum number of mappings in a page.
const PAGE: usize = 100;

/// Routes of the API for event source mappings.
pub fn router(mappings: Mappings) -> Router {
    Router::new()
        .route("/2015-03-31/event-source-mappings", get(list))
        .route("/2015-03-31/event-source-mappings/", get(list))
        .route("/2015-03-31/event-source-mappings/{uuid}", get(describe).put(update))
        .with_state(mappings)
}

async fn list(State(mappings): State<Mappings>, RawQuery(query): RawQuery) -> Result<Json<Value>, ApiError> {
    let query = query.as_deref();
    let (source, function) = (parameter(query, "EventSourceArn"), parameter(query, "FunctionName"));
    let matches = |mapping: &&&Mapping| {
        let settings = &mapping.settings;
        source.as_ref().is_none_or(|arn| settings.source.arn() == *arn)
            && function.as_ref().is_none_or(|named| name_of_function(named) == settings.function)
    };
    let all: Vec<&Mapping> = mappings.0.iter().map(AsRef::as_ref).collect();
    let chosen: Vec<&Mapping> = all.iter().filter(matches).copied().collect();
    let (chosen, next) = page(&chosen, query, PAGE)?;
    let listed: Vec<Value> = chosen.iter().map(|mapping| configuration(mapping, mapping.state())).collect();
    Ok(Json(json!({"EventSourceMappings": listed, "NextMarker": next})))
}

async fn describe(
    State(mappings): State<Mappings>,
    Path(uuid): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let mapping = find(&mappings, &uuid)?;
    Ok(Json(configuration(mapping, mapping.state())))
}

/// The members of `UpdateEventSourceMapping` that the stack serves.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Update {
    enabled: Option<bool>,
    function_name: Option<String>,
}

async fn update(
    State(mappings): State<Mappings>,
    Path(uuid): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let mapping = find(&mappings, &uuid)?;
    let update: Update = serde_json::from_slice(&body).map_err(|error| {
        ApiError::invalid_parameter(format!(
            "The local stack changes Enabled only; set everything else in the template: {error}"
        ))
    })?;
    if update.function_name.is_some_and(|named| name_of_function(&named) != mapping.settings.function) {
        let problem = "The local stack does not move a mapping to another function; change the template";
        return Err(ApiError::invalid_parameter(problem));
    }
    let changed = update.enabled.is_some_and(|enabled| mapping.enable(enabled));
    // The mapping may have reached its new state already. AWS answers with the way there.
    let state = match (changed, update.enabled) {
        (true, Some(true)) => "Enabling",
        (true, Some(false)) => "Disabling",
        _ => mapping.state(),
    };
    Ok((StatusCode::ACCEPTED, Json(configuration(mapping, state))))
}

fn find<'m>(mappings: &'m Mappings, uuid: &str) -> Result<&'m Mapping, ApiError> {
    let found = mappings.0.iter().find(|mapping| mapping.uuid.to_string() == uuid);
    found.map(AsRef::as_ref).ok_or_else(|| ApiError::not_found("The resource you requested does not exist."))
}

/// An `EventSourceMappingConfiguration`.
fn configuration(mapping: &Mapping, state: &str) -> Value {
    let (settings, uuid) = (&mapping.settings, mapping.uuid.to_string());
    let mut configuration = json!({
        "UUID": uuid,
        "EventSourceMappingArn": format!("arn:{PARTITION}:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{uuid}"),
        "EventSourceArn": settings.source.arn(),
        "FunctionArn": function_arn(&settings.function),
        "BatchSize": settings.batch_size,
        "MaximumBatchingWindowInSeconds": settings.batching_window.as_secs(),
        "State": state,
        "StateTransitionReason": "User action",
        "LastModified": seconds(mapping.modified_ms()),
        "FunctionResponseTypes":
            if settings.reports_batch_item_failures { json!(["ReportBatchItemFailures"]) } else { json!([]) },
    });
    let mut set = |name: &str, value: Value| configuration[name] = value;
    if let Some(filters) = &settings.filters {
        let patterns: Vec<Value> = filters.patterns().map(|pattern| json!({"Pattern": pattern})).collect();
        set("FilterCriteria", json!({"Filters": patterns}));
    }
    if let Some(maximum) = settings.maximum_concurrency {
        set("ScalingConfig", json!({"MaximumConcurrency": maximum}));
    }
    if matches!(settings.source, EventSource::Sqs { .. }) {
        return configuration;
    }
    set("LastProcessingResult", json!(mapping.progress.last()));
    set("ParallelizationFactor", json!(settings.parallelization_factor));
    set("BisectBatchOnFunctionError", json!(settings.bisect_on_error));
    set("TumblingWindowInSeconds", json!(0));
    // The API writes "unlimited" as -1.
    set("MaximumRetryAttempts", settings.maximum_retries.map_or(json!(-1), |retries| json!(retries)));
    set(
        "MaximumRecordAgeInSeconds",
        settings.maximum_record_age.map_or(json!(-1), |age| json!(age.as_secs())),
    );
    let destination = settings.on_failure_queue.as_ref();
    let on_failure = destination.map(|queue| json!({"OnFailure": {"Destination": queue_arn(queue)}}));
    set("DestinationConfig", on_failure.unwrap_or_else(|| json!({"OnFailure": {}})));
    match settings.starting_position {
        StartingPosition::TrimHorizon => set("StartingPosition", json!("TRIM_HORIZON")),
        StartingPosition::Latest => set("StartingPosition", json!("LATEST")),
        StartingPosition::AtTimestamp(ms) => {
            set("StartingPosition", json!("AT_TIMESTAMP"));
            set("StartingPositionTimestamp", json!(seconds(ms)));
        }
    }
    configuration
}
