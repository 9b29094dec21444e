//! Builds and starts the functions, and provides the services that they call.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use localstack::StackOptions;
use localstack::binaries::Binaries;
use testing::dynamodb::LocalDynamoDb;
use testing::kinesis;
use testing::tls::TlsFront;
use tokio::process::Command;

use crate::Error;
use crate::runtime_api::Server;
use crate::subject::{SUBJECTS, Setting, Subject};

/// The release binaries of the functions and the services that they call: DynamoDB with its tables, a TLS front for
/// DynamoDB, and a collector.
#[derive(Debug)]
pub(crate) struct Stack {
    binaries: Binaries,
    dynamodb: LocalDynamoDb,
    collector: Server,
    /// The number of requests with spans that the collector has received.
    exports: Arc<AtomicU64>,
    tls: TlsFront,
    /// The file with the certificate of `tls`.
    bundle: PathBuf,
    event_table: String,
    /// The query table that the queries read. Nothing changes it after it is filled, so all measurements read the same.
    read_table: String,
    /// The query table that the measured projections write.
    written_table: String,
    /// The table of operations, which has no item, as in a new stack.
    operations_table: String,
}

impl Stack {
    /// Builds all functions with one cargo command, as a deployment does, and starts the services in this process.
    pub(crate) async fn start() -> Result<Self, Error> {
        let functions = SUBJECTS.iter().map(|subject| subject.function.to_owned()).collect();
        let binaries = Binaries::build(&StackOptions::default().project, &functions, true).await?;
        let dynamodb = LocalDynamoDb::start().await;
        let tls = TlsFront::start(dynamodb.endpoint()).await;
        let exports = Arc::<AtomicU64>::default();
        let router = Router::new().route("/v1/traces", post(export)).with_state(Arc::clone(&exports));
        let collector = Server::start(router).await?;
        let bundle = scratch("bundle.pem")?;
        fs::write(&bundle, tls.certificate())?;
        let event_table = dynamodb.event_table().await;
        let (read_table, written_table) = (dynamodb.query_table().await, dynamodb.query_table().await);
        let operations_table = dynamodb.operations_table().await;
        Ok(Self {
            binaries,
            dynamodb,
            collector,
            exports,
            tls,
            bundle,
            event_table,
            read_table,
            written_table,
            operations_table,
        })
    }

    /// The number of requests with spans that the collector has received.
    pub(crate) fn exports(&self) -> u64 {
        self.exports.load(Ordering::Relaxed)
    }

    /// The path of the binary of `function`.
    fn binary(&self, function: &str) -> Result<&Path, Error> {
        Ok(self.binaries.path(function).ok_or_else(|| format!("{function} has no binary"))?)
    }

    /// The size of the binary of `function`.
    pub(crate) fn bytes(&self, function: &str) -> Result<u64, Error> {
        Ok(fs::metadata(self.binary(function)?)?.len())
    }

    /// The command that starts `subject`.
    pub(crate) fn launch(&self, subject: &Subject) -> Result<Command, Error> {
        Ok(self.with_environment(Command::new(self.binary(subject.function)?), subject))
    }

    /// The command that starts the projection `subject` on the table that the queries read, to fill the table.
    pub(crate) fn launch_filling(&self, subject: &Subject) -> Result<Command, Error> {
        let mut command = self.launch(subject)?;
        command.env("BLUE_QUERY_TABLE", &self.read_table);
        Ok(command)
    }

    /// The command that starts `subject` under `tool`, which takes the path of a binary as its last argument.
    pub(crate) fn launch_under(&self, mut tool: Command, subject: &Subject) -> Result<Command, Error> {
        tool.arg(self.binary(subject.function)?);
        Ok(self.with_environment(tool, subject))
    }

    /// Sets the environment to the variables of Lambda and of `template.yaml`. The command does not inherit the
    /// variables of this process, because they could change the measurement.
    fn with_environment(&self, mut command: Command, subject: &Subject) -> Command {
        let writes = subject.function.ends_with("-projection");
        // The records of the samples name their event table, and a projection refuses records of another one. The
        // records have no gap, so the projections do not read the table.
        let event_table = if writes { kinesis::EVENT_TABLE } else { &self.event_table };
        let query_table = if writes { &self.written_table } else { &self.read_table };
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("AWS_LAMBDA_FUNCTION_NAME", subject.function)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_SESSION_TOKEN", "test")
            .env("LOG_LEVEL", "INFO")
            .env("EVENT_TABLE", event_table)
            .env("PRICE_SOURCE", "command")
            .env("PRICE_MAX_AGE", "30")
            .env("BLUE_QUERY_TABLE", query_table)
            .env("GREEN_QUERY_TABLE", query_table)
            .env("OPERATIONS_TABLE", &self.operations_table)
            .env("GENERATION_MAX_AGE", "10")
            .envs(shop_contract::SCOPES)
            // The projections need the variable. They send nothing to the queue, because all records are readable.
            .env("DEAD_LETTER_QUEUE_URL", self.dynamodb.endpoint());
        if subject.setting == Setting::Traced {
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", self.collector.address));
        }
        if subject.setting == Setting::Https {
            command.env("AWS_ENDPOINT_URL", self.tls.endpoint()).env("AWS_CA_BUNDLE", &self.bundle)
        } else {
            command.env("AWS_ENDPOINT_URL", self.dynamodb.endpoint())
        };
        command
    }
}

/// Accepts spans as a collector does. The empty body is a protobuf response that rejects no spans.
async fn export(State(exports): State<Arc<AtomicU64>>, spans: Bytes) -> impl IntoResponse {
    if !spans.is_empty() {
        exports.fetch_add(1, Ordering::Relaxed);
    }
    [(CONTENT_TYPE, "application/x-protobuf")]
}

/// The path of the file `name` in the benchmark's own folder.
pub(crate) fn scratch(name: &str) -> Result<PathBuf, Error> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("footprint");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(name))
}
