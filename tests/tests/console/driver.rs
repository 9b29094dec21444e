//! The program that drives the browser: Chromium's `WebDriver` server.

use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use reqwest::Client;
use serde_json::Value;

const PROGRAM: &str = "chromedriver";
/// What it says once it listens, before the port.
const STARTED: &str = "was started successfully on port ";

/// How often it is started.
const STARTS: usize = 5;

/// A driver that ends with the test, and its browser with it.
pub(crate) struct Driver {
    process: Child,
    url: String,
    client: Client,
}

impl Driver {
    /// Starts it on a free port. It asks for one of IPv4 and takes the same of IPv6, which another may have taken by
    /// then: it ends, and is started again.
    pub(crate) fn start() -> Self {
        let started = (0..STARTS).find_map(|_| Self::try_start());
        started.unwrap_or_else(|| panic!("{PROGRAM} ended without listening, {STARTS} times"))
    }

    fn try_start() -> Option<Self> {
        let mut command = Command::new(PROGRAM);
        let started = command.arg("--port=0").stdout(Stdio::piped()).process_group(0).spawn();
        let mut process = started.unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => panic!(
                "{PROGRAM} is missing: run .ci/machine, or install Chromium and its driver \
                 (Debian: apt-get install chromium chromium-driver)"
            ),
            _ => panic!("{PROGRAM}: {error}"),
        });
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let Some(port) = port(&mut output) else {
            process.wait().expect("its end");
            return None;
        };
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Some(Self { process, url: format!("http://127.0.0.1:{port}"), client: Client::new() })
    }

    /// Sends a command (W3C `WebDriver`, section 6.6), which must succeed, and gives its value.
    pub(crate) async fn post(&self, path: &str, parameters: &Value) -> Value {
        let sent = self.client.post(format!("{}{path}", self.url)).json(parameters).send().await;
        let answer: Value = sent.expect("an answer").json().await.expect("JSON");
        let value = answer["value"].clone();
        assert!(value["error"].is_null(), "{path}: {} {}", value["error"], value["message"]);
        value
    }

    /// Asks for a value.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.expect("an answer");
        answer.json::<Value>().await.expect("JSON")["value"].clone()
    }

    /// Ends a session, and the browser with it.
    pub(crate) async fn delete(&self, path: &str) {
        self.client.delete(format!("{}{path}", self.url)).send().await.expect("an answer");
    }
}

/// The port that it listens on; none where it ends before.
fn port(output: &mut impl BufRead) -> Option<u16> {
    let mut lines = output.lines().map(|line| line.expect("a line"));
    let port = lines.find_map(|line| Some(line.split_once(STARTED)?.1.trim_end_matches('.').to_owned()))?;
    Some(port.parse().expect("a port"))
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A browser stays in its driver's process group, and would outlive it.
        let group = i32::try_from(self.process.id()).map(Pid::from_raw);
        group.map(|group| killpg(group, Signal::SIGKILL).ok()).ok();
        self.process.wait().ok();
    }
}
