//! What the functions run against, and how they are started.

use std::fs;
use std::path::{Path, PathBuf};

use testing::dynamodb::LocalDynamoDb;
use testing::tls::TlsFront;
use tokio::process::Command;

use crate::Error;
use crate::binaries::Binaries;
use crate::collector::Collector;
use crate::subject::{Setting, Subject};

/// `DynamoDB` with its tables, TLS in front of it, and the binaries.
#[derive(Debug)]
pub(crate) struct Stack {
    binaries: Binaries,
    dynamodb: LocalDynamoDb,
    tls: TlsFront,
    collector: Collector,
    /// Its certificate.
    bundle: PathBuf,
    event_table: String,
    /// Where the queries read, which nothing changes once it is filled.
    read_table: String,
    /// Where the projections write while they are measured.
    written_table: String,
}

impl Stack {
    /// Starts it in this process.
    pub(crate) async fn start(binaries: Binaries) -> Result<Self, Error> {
        let dynamodb = LocalDynamoDb::start().await;
        let tls = TlsFront::start(dynamodb.endpoint()).await;
        let collector = Collector::start().await?;
        let bundle = scratch("bundle.pem")?;
        fs::write(&bundle, tls.certificate())?;
        let event_table = dynamodb.event_table().await;
        let (read_table, written_table) = (dynamodb.query_table().await, dynamodb.query_table().await);
        Ok(Self { binaries, dynamodb, tls, collector, bundle, event_table, read_table, written_table })
    }

    /// Where the spans go.
    pub(crate) const fn collector(&self) -> &Collector {
        &self.collector
    }

    /// The binaries that run on it.
    pub(crate) const fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// What starts `subject`.
    pub(crate) fn launch(&self, subject: &Subject) -> Result<Command, Error> {
        let program = self.binaries.path(subject.function)?;
        Ok(self.with_environment(Command::new(program), subject))
    }

    /// What starts a projection that fills the table that the queries read.
    pub(crate) fn launch_filling(&self, subject: &Subject) -> Result<Command, Error> {
        let mut command = self.launch(subject)?;
        command.env("QUERY_TABLE", &self.read_table);
        Ok(command)
    }

    /// What starts `subject` under `tool`, a command that takes another as its last arguments.
    pub(crate) fn launch_under(&self, mut tool: Command, subject: &Subject) -> Result<Command, Error> {
        tool.arg(self.binaries.path(subject.function)?);
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
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", self.collector.endpoint());
        }
        if subject.setting == Setting::Https {
            command.env("AWS_ENDPOINT_URL", self.tls.endpoint()).env("AWS_CA_BUNDLE", &self.bundle)
        } else {
            command.env("AWS_ENDPOINT_URL", self.dynamodb.endpoint())
        };
        command
    }
}

/// A file of this benchmark's own.
pub(crate) fn scratch(name: &str) -> Result<PathBuf, Error> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("footprint");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(name))
}
