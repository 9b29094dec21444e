//! What the functions run against, and how they are built and started.

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
use testing::tls::TlsFront;
use tokio::process::Command;

use crate::Error;
use crate::runtime_api::Server;
use crate::subject::{SUBJECTS, Setting, Subject};

/// `DynamoDB` with its tables, TLS in front of it, what spans are exported to, and the binaries as they ship.
#[derive(Debug)]
pub(crate) struct Stack {
    binaries: Binaries,
    dynamodb: LocalDynamoDb,
    collector: Server,
    /// How many requests with spans the collector has had.
    exports: Arc<AtomicU64>,
    tls: TlsFront,
    /// Its certificate.
    bundle: PathBuf,
    event_table: String,
    /// Where the queries read, which nothing changes once it is filled.
    read_table: String,
    /// Where the projections write while they are measured.
    written_table: String,
}

impl Stack {
    /// Builds all function binaries by one cargo command, as a deployment does, and starts the services in this process.
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
        })
    }

    /// How many requests with spans the collector has had.
    pub(crate) fn exports(&self) -> u64 {
        self.exports.load(Ordering::Relaxed)
    }

    /// Where the binary of `function` is.
    fn binary(&self, function: &str) -> Result<&Path, Error> {
        Ok(self.binaries.path(function).ok_or_else(|| format!("{function} has no binary"))?)
    }

    /// How large it is.
    pub(crate) fn bytes(&self, function: &str) -> Result<u64, Error> {
        Ok(fs::metadata(self.binary(function)?)?.len())
    }

    /// What starts `subject`.
    pub(crate) fn launch(&self, subject: &Subject) -> Result<Command, Error> {
        Ok(self.with_environment(Command::new(self.binary(subject.function)?), subject))
    }

    /// What starts a projection that fills the table that the queries read.
    pub(crate) fn launch_filling(&self, subject: &Subject) -> Result<Command, Error> {
        let mut command = self.launch(subject)?;
        command.env("QUERY_TABLE", &self.read_table);
        Ok(command)
    }

    /// What starts `subject` under `tool`, a command that takes another as its last arguments.
    pub(crate) fn launch_under(&self, mut tool: Command, subject: &Subject) -> Result<Command, Error> {
        tool.arg(self.binary(subject.function)?);
        Ok(self.with_environment(tool, subject))
    }

    /// Lambda's variables and those of `template.yaml`, and nothing of this process's own.
    fn with_environment(&self, mut command: Command, subject: &Subject) -> Command {
        let writes = subject.function.ends_with("-projection");
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
            .env("EVENT_TABLE", &self.event_table)
            .env("PRICE_SOURCE", "command")
            .env("QUERY_TABLE", query_table)
            // Nothing is poison here, so that nothing is ever sent there.
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

/// Takes all spans as a collector would: an empty message in protobuf says so.
async fn export(State(exports): State<Arc<AtomicU64>>, spans: Bytes) -> impl IntoResponse {
    if !spans.is_empty() {
        exports.fetch_add(1, Ordering::Relaxed);
    }
    [(CONTENT_TYPE, "application/x-protobuf")]
}

/// A file of this benchmark's own.
pub(crate) fn scratch(name: &str) -> Result<PathBuf, Error> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("footprint");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(name))
}
