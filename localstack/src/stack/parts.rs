//! The parts of a stack and their connections.
//!
//! The front (HTTP API and event source mappings) stops first, then the functions, then the back (AWS endpoint, tables
//! and bridges). A running request needs everything behind it, so the parts behind it stop later.

use std::sync::Arc;
use std::time::Duration;

use stack_base::account::{REGION, function_arn, role_arn, table_arn};
use stack_base::chaos::{Chaos, ChaosError};
use stack_base::http;
use stack_base::listen::BoundListener;
use stack_base::stop::Stopped;
use stack_console::{Commits, Sources};
use stack_dynamodb::proxy::DynamoDbProxy;
use stack_dynamodb::{Changes, Destinations, DynamoDb};
use stack_events::EventBuses;
use stack_gateway::{api, guards};
use stack_lambda::{FunctionSpec, Lambda, LambdaOptions, RecordSender, invoke_api};
use stack_mapping::{Context, Mappings};
use stack_sqs::Sqs;
use stack_telemetry::otlp::{self, Receivers, TraceStore};
use stack_template::{Function, Template};

use super::data::DataDirectory;
use super::error::StackError;
use super::listeners::Listeners;
use super::options::StackOptions;
use super::running::{OtlpEndpoints, RunningStack, Stage, Telemetry};
use super::streams::Streams;
use crate::aws::{self, CallingFunctions, Endpoint, Logs, ObservedCalls, WriteFaults};
use crate::backlog::BacklogReader;
use crate::binaries::{Binaries, BinariesError};
use crate::schedule;

/// Maximum number of instances of a function without reserved concurrency. AWS's default for an account is 1,000.
const INSTANCES: usize = 64;
/// Waits before the retries of an asynchronous invocation. AWS waits for one minute and for two, which is long for
/// somebody who watches.
const EVENT_RETRY_WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// Starts every part.
pub(super) async fn start(
    options: &StackOptions,
    mut template: Template,
    binaries: &Binaries,
    listeners: Listeners,
    data: DataDirectory,
) -> Result<RunningStack, StackError> {
    let (mut front, mut back) = (Stage::new(), Stage::new());
    let (base_url, aws_endpoint) = (listeners.api.url(), listeners.aws.url());
    let telemetry = telemetry(options, listeners.otlp, &mut back)?;
    for stream in &mut template.streams {
        stream.shards = options.shards.or(stream.shards);
    }
    let streams = Streams::open(&template, &data, &aws_endpoint)?;
    let Streams { store, kinesis, sqs, .. } = &streams;
    let changes = Changes::default();
    let engine = DynamoDb::start(&data.location, &template.tables, &changes, back.stop.listen()).await?;
    let destinations = Destinations::read(store.clone(), &engine, &template.tables, &template.streams)?;
    template.tables.extend(destinations.tables()?);
    refuse_missing_tables(&template, &engine)?;
    let known: Vec<String> = template.tables.iter().map(|table| table.name.clone()).collect();
    if let Some(name) = options.chaos.tables().iter().find(|name| !known.contains(name)) {
        return Err(ChaosError::Table { name: name.clone(), known }.into());
    }
    let lambda =
        lambda(options, &template, binaries, &aws_endpoint, telemetry.endpoints.as_ref(), sqs).await?;
    let issuer = guards::start_issuer(&aws_endpoint, &template, &data.location).await?;

    let observed = ObservedCalls::default();
    let chaos = Chaos::new(&options.chaos);
    let functions = names_and_binaries(&template);
    let events = EventBuses::new(&template, sqs.clone(), lambda.clone(), &chaos, back.stop.listen());
    let writes = WriteFaults::new(chaos.clone(), lambda.clone(), &functions)?;
    let backlogs = BacklogReader::new(&template, &engine, &data.location, store, kinesis)?;
    let endpoint = Endpoint {
        functions,
        callers: CallingFunctions::new(&template.functions),
        observed: observed.clone(),
        dynamodb: DynamoDbProxy::new(engine.address(), changes.clone())?,
        destinations,
        kinesis: kinesis.clone(),
        sqs: sqs.clone(),
        events: events.clone(),
        logs: Logs::new(&template.functions, lambda.log_events().clone()),
        backlogs: backlogs.clone(),
        chaos: writes,
    };
    let mappings = Mappings::new(&template.mappings);
    let lambda_api = invoke_api::router(lambda.clone()).merge(stack_mapping::api::router(mappings.clone()));
    let aws = aws::router(endpoint, lambda_api).merge(guards::issuer_routes(&issuer, &template));
    back.tasks.push(http::serve_until(listeners.aws.listener, aws, back.stop.listen()));
    streams.start_bridges(&template, &engine, &data, &changes, &chaos, &mut back)?;
    let Streams { store, kinesis, sqs, of_tables: table_streams, .. } = streams;
    let sources = Sources {
        template: &template,
        database: engine.database(),
        changes: &changes,
        kinesis: &kinesis,
        sqs: &sqs,
        events: &events,
        lambda: &lambda,
        chaos: &chaos,
        unpublished: Arc::new(move || backlogs.unpublished().map_err(Into::into)),
        first_command: template.first_command.replace("{api}", &base_url).replace("{aws}", &aws_endpoint),
        traces: &telemetry.traces,
        has_telemetry: telemetry.endpoints.is_some(),
    };
    let commits = Commits::new(&template, engine.database());
    let console_url = listeners.console.url();
    let console = stack_console::router(sources, front.stop.listen());
    front.tasks.push(http::serve_until(listeners.console.listener, console, front.stop.listen()));
    back.tasks.push(tokio::spawn(keep(engine, back.stop.listen())));

    let context = Context { kinesis, table_streams, sqs, invoker: lambda.clone(), chaos: chaos.clone() };
    let role = |name: &str| {
        let function = template.functions.iter().find(|function| function.name == name);
        function.map(|function| function.role.clone()).unwrap_or_default()
    };
    front.tasks.extend(mappings.start(role, &context, &store, &front.stop.listen())?);
    for schedule in &template.schedules {
        front.tasks.push(schedule::start(schedule, lambda.clone(), front.stop.listen()));
    }
    let routes = guards::guarded_routes(&issuer, &template)?;
    let api = api::router(routes, template.cors.clone(), lambda.clone());
    let api = api::admitting(api, &template.domains);
    front.tasks.push(http::serve_until(listeners.api.listener, api, front.stop.listen()));

    let binaries = binaries.clone();
    Ok(RunningStack {
        base_url,
        aws_endpoint,
        console_url,
        template,
        binaries,
        observed,
        lambda,
        chaos,
        issuer,
        telemetry,
        commits,
        front,
        back,
        _data: data,
    })
}

/// Refuses a function whose role names a table that is neither in the template nor in the data directory.
fn refuse_missing_tables(template: &Template, engine: &DynamoDb) -> Result<(), StackError> {
    let prefix = table_arn("");
    for function in &template.functions {
        for resource in function.statements.iter().flat_map(|statement| &statement.resources) {
            let Some(table) = resource.strip_prefix(&prefix) else { continue };
            let table = table.split('/').next().unwrap_or_default();
            if !table.contains(['*', '?']) && !engine.has_table(table)? {
                let (function, table) = (function.logical_id.clone(), table.to_owned());
                return Err(StackError::MissingTable { function, table });
            }
        }
    }
    Ok(())
}

/// Starts the span receiver as part of the back. It then also gets the spans that functions send while they end.
fn telemetry(
    options: &StackOptions,
    listeners: Option<(BoundListener, BoundListener)>,
    back: &mut Stage,
) -> Result<Telemetry, StackError> {
    let telemetry = options.telemetry.clone().unwrap_or_default();
    let traces = TraceStore::new(telemetry.limits);
    let Some((http, grpc)) = listeners else {
        return Ok(Telemetry { traces, endpoints: None, forwarded: None });
    };
    let endpoints = OtlpEndpoints { http: http.url(), grpc: grpc.url() };
    let receivers = Receivers { http: http.listener, grpc: grpc.listener };
    let (forwarded, tasks) =
        otlp::start(receivers, &traces, telemetry.forward.as_ref(), &back.stop.listen())?;
    back.tasks.extend(tasks);
    Ok(Telemetry { traces, endpoints: Some(endpoints), forwarded })
}

async fn lambda(
    options: &StackOptions,
    template: &Template,
    binaries: &Binaries,
    aws_endpoint: &str,
    otlp: Option<&OtlpEndpoints>,
    sqs: &Sqs,
) -> Result<Lambda, StackError> {
    let spec = |function: &Function| {
        let binary = binaries.path(&function.binary).ok_or_else(|| BinariesError::Missing {
            project: options.project.clone(),
            binary: function.binary.clone(),
        })?;
        let reserved = function.reserved_concurrency.and_then(|reserved| usize::try_from(reserved).ok());
        Ok(FunctionSpec {
            name: function.name.clone(),
            arn: function_arn(&function.name),
            role: role_arn(&function.role),
            binary: binary.to_owned(),
            environment: function.environment.clone(),
            timeout: function.timeout,
            memory_mb: function.memory_mb,
            max_instances: reserved.unwrap_or(INSTANCES),
            reserved_concurrency: function.reserved_concurrency,
            log_group: function.log_group(),
            events: function.asynchronous.clone(),
        })
    };
    let specs: Vec<FunctionSpec> =
        template.functions.iter().map(spec).collect::<Result<_, BinariesError>>()?;
    let sqs = sqs.clone();
    let send = move |queue: &str, record: &str| {
        if let Err(error) = sqs.send(queue, record, "{}", None) {
            tracing::error!(queue, %error, "the record of an asynchronous invocation was lost");
        }
    };
    let lambda_options = LambdaOptions {
        retry_waits: EVENT_RETRY_WAITS,
        records: Some(RecordSender::new(send)),
        aws_endpoint: Some(aws_endpoint.to_owned()),
        region: REGION.to_owned(),
        logs: options.logs,
        otlp_endpoint: options.collector.clone().or_else(|| otlp.map(|otlp| otlp.http.clone())),
        ..LambdaOptions::default()
    };
    Ok(Lambda::start(specs, lambda_options).await?)
}

fn names_and_binaries(template: &Template) -> Vec<(String, String)> {
    template.functions.iter().map(|function| (function.name.clone(), function.binary.clone())).collect()
}

/// Drops the engine when the stack stops.
async fn keep(engine: DynamoDb, mut stopped: Stopped) {
    stopped.wait().await;
    drop(engine);
}
