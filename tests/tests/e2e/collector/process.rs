//! Runs the collector as a process.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::collector::backend::Backend;

/// The environment variable with the path of the collector's executable.
const VARIABLE: &str = "COLLECTOR";

/// A collector that runs until it is dropped.
pub(crate) struct Collector {
    pub(crate) url: String,
    _process: Child,
}

impl Collector {
    /// Starts a collector with a configuration for OTLP and the environment variables that the template sets.
    pub(crate) async fn to_otlp(configuration: &str, backend: &Backend, headers: &str) -> Self {
        let variables =
            [("COLLECTOR_OTLP_ENDPOINT", backend.url.as_str()), ("COLLECTOR_OTLP_HEADERS", headers)];
        Self::start(command(configuration).envs(variables)).await
    }

    /// Starts a collector with the configuration for X-Ray. The collector calls `xray` instead of AWS.
    pub(crate) async fn to_xray(xray: &Backend) -> Self {
        let endpoint = format!("yaml:exporters::awsxray::endpoint: {}", xray.url);
        // Lambda sets these variables for every extension.
        let variables =
            [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")];
        Self::start(command("awsxray").args(["--config", &endpoint]).envs(variables)).await
    }

    /// Starts the collector on a free port, because the port in the shipped configurations may be in use.
    async fn start(command: &mut Command) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        let listen = format!("yaml:receivers::otlp::protocols::http::endpoint: {free}");
        let mut process = command.args(["--config", &listen]).spawn().expect("the collector");
        for _ in 0..400 {
            if TcpStream::connect(free).await.is_ok() {
                return Self { url: format!("http://{free}"), _process: process };
            }
            let ended = process.try_wait().expect("a state");
            assert!(ended.is_none(), "the collector ended with {ended:?}; its output above says why");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the collector does not listen on {free}");
    }
}

/// The error output of the collector, which must not start with `configuration`.
pub(crate) async fn refusal(configuration: &str) -> String {
    let variables = [("COLLECTOR_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("COLLECTOR_OTLP_HEADERS", "{}")];
    let started = command(configuration).envs(variables).stderr(Stdio::piped()).output();
    let output = tokio::time::timeout(Duration::from_secs(30), started).await;
    let output = output.expect("the end of the collector").expect("the collector");
    assert!(!output.status.success(), "the collector starts with {configuration}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn command(configuration: &str) -> Command {
    let binary = std::env::var_os(VARIABLE).expect("COLLECTOR names the collector's executable");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/kit/telemetry/collector");
    let shipped = shipped.join(format!("{configuration}.yaml"));
    let mut command = Command::new(binary);
    command.arg("--config").arg(shipped).env_clear().stdin(Stdio::null()).kill_on_drop(true);
    command
}
