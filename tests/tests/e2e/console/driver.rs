//! Runs `chromedriver`, Chromium's `WebDriver` server, which controls the browser.

use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use reqwest::Client;
use serde_json::Value;

const PROGRAM: &str = "chromedriver";
/// The text before the port in the line that the driver prints when it listens.
const STARTED: &str = "was started successfully on port ";

/// The largest number of attempts to start the driver.
const STARTS: usize = 5;

/// A driver process. Dropping it ends the process and its browser.
pub(crate) struct Driver {
    process: Child,
    url: String,
    client: Client,
}

impl Driver {
    /// Starts the driver on a free port. The driver chooses a free IPv4 port and then opens the IPv6 port with the same
    /// number. If another process uses the IPv6 port, the driver ends, and this function starts it again.
    pub(crate) fn start() -> Self {
        let started = (0..STARTS).find_map(|_| Self::try_start());
        started.unwrap_or_else(|| panic!("{PROGRAM} ended {STARTS} times before it listened"))
    }

    fn try_start() -> Option<Self> {
        let mut command = Command::new(PROGRAM);
        // The browser formats amounts in the language of its environment.
        command.env("LANGUAGE", "en_US");
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
        // The driver would block if its further output filled the pipe.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Some(Self { process, url: format!("http://127.0.0.1:{port}"), client: Client::new() })
    }

    /// Sends a command (W3C `WebDriver`, section 6.6) and returns its value. The command must succeed.
    pub(crate) async fn post(&self, path: &str, parameters: &Value) -> Value {
        let sent = self.client.post(format!("{}{path}", self.url)).json(parameters).send().await;
        let answer: Value = sent.expect("an answer").json().await.expect("JSON");
        let value = answer["value"].clone();
        assert!(value["error"].is_null(), "{path}: {} {}", value["error"], value["message"]);
        value
    }

    /// Reads the value at `path`.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.expect("an answer");
        answer.json::<Value>().await.expect("JSON")["value"].clone()
    }

    /// Ends a session and its browser.
    pub(crate) async fn delete(&self, path: &str) {
        self.client.delete(format!("{}{path}", self.url)).send().await.expect("an answer");
    }
}

/// Reads the port from the output of the driver; `None` if the driver ends before it listens.
fn port(output: &mut impl BufRead) -> Option<u16> {
    let mut lines = output.lines().map(|line| line.expect("a line"));
    let port = lines.find_map(|line| Some(line.split_once(STARTED)?.1.trim_end_matches('.').to_owned()))?;
    Some(port.parse().expect("a port"))
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The whole process group is killed, because the browser is part of it and would outlive the driver.
        let group = i32::try_from(self.process.id()).map(Pid::from_raw);
        group.map(|group| killpg(group, Signal::SIGKILL).ok()).ok();
        self.process.wait().ok();
    }
}
