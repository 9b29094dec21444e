//! Runs the embedded stack as a separate process that the test can kill.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use e2e::ApiClient;
use localstack::StackOptions;
use localstack::binaries::Binaries;

/// A process that serves an embedded stack. It is killed when it is dropped.
pub(crate) struct Runner {
    process: Child,
    base_url: String,
    aws_endpoint: String,
}

/// Builds the runner and returns the path of its binary.
pub(crate) async fn binary() -> PathBuf {
    let name = "localstack".to_owned();
    let binaries =
        Binaries::build(&StackOptions::default().project, &BTreeSet::from([name.clone()]), false).await;
    binaries.expect("built").path(&name).expect("a binary").to_owned()
}

impl Runner {
    /// Starts `binary` with `options` on free ports and the data in `data`, and waits until it serves requests.
    pub(crate) fn start(binary: &Path, data: &Path, options: &[&str]) -> Self {
        let mut command = Command::new(binary);
        command.args(["--port", "0", "--data"]).arg(data).args(options);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("started");
        let banner = BufReader::new(process.stdout.take().expect("its output"));
        let (mut base_url, mut aws_endpoint) = (String::new(), String::new());
        for line in banner.lines().map(|line| line.expect("a line")) {
            let address =
                || line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
            match line.get(..8) {
                Some("HTTP API") => base_url = address().expect("an address"),
                Some("AWS endp") => aws_endpoint = address().expect("an address"),
                _ => {}
            }
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        assert!(!base_url.is_empty() && !aws_endpoint.is_empty(), "the runner did not print its addresses");
        Self { process, base_url, aws_endpoint }
    }

    /// The endpoint for AWS clients.
    pub(crate) fn aws_endpoint(&self) -> &str {
        &self.aws_endpoint
    }

    /// A caller with a token for `scope`.
    pub(crate) fn caller(&self, binary: &Path, scope: &str) -> ApiClient {
        let mut command = Command::new(binary);
        command.args(["token", "--sub", "customer", "--scope", scope, "--endpoint", &self.aws_endpoint]);
        let output = command.output().expect("a token");
        let token = String::from_utf8(output.stdout).expect("text");
        ApiClient::new(&self.base_url).expect("a client").with(token.trim())
    }

    /// Kills the process with SIGKILL and waits for its end.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.end();
    }
}
