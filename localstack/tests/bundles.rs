//! Runs other bundles than the project's own with the real command: a request to the HTTP API of each must have its effect
//! through a stream or a queue.
#![cfg(test)]

use std::process::Stdio;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use stack_base::http;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

/// The longest wait for the start, which builds the bundle's functions.
const START: Duration = Duration::from_mins(20);
/// The longest wait for an effect, and for the end.
const EFFECT: Duration = Duration::from_mins(1);
/// The pause between two requests that wait for an effect.
const PAUSE: Duration = Duration::from_millis(100);

/// A running command. It is killed if a test fails.
struct Stack {
    command: Child,
    /// Standard output. Closing it would end the command.
    output: Lines<BufReader<ChildStdout>>,
    url: String,
    client: Client,
}

impl Stack {
    /// Starts the command, and waits for the address of its HTTP API.
    async fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_localstack"));
        command.args(["--port", "0"]).args(arguments).stdout(Stdio::piped()).kill_on_drop(true);
        let mut command = command.spawn().unwrap();
        let mut output = BufReader::new(command.stdout.take().unwrap()).lines();
        let url = timeout(START, async {
            loop {
                let line = output.next_line().await.unwrap().expect("the command ended before it served");
                if let Some(url) = line.strip_prefix("HTTP API ") {
                    return url.trim().to_owned();
                }
            }
        });
        let url = url.await.expect("the command serves");
        Self { command, output, url, client: http::client(EFFECT).unwrap() }
    }

    /// The status and body of a GET request.
    async fn get(&self, path: &str) -> (StatusCode, String) {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Waits until a GET request succeeds, and returns its body.
    async fn until_found(&self, path: &str) -> String {
        let deadline = Instant::now() + EFFECT;
        loop {
            let (status, body) = self.get(path).await;
            match status {
                StatusCode::OK => return body,
                StatusCode::NOT_FOUND if Instant::now() < deadline => sleep(PAUSE).await,
                other => panic!("{path}: {other} {body}"),
            }
        }
    }

    /// Ends the command with SIGTERM.
    async fn stop(mut self) {
        let id = self.command.id().and_then(|id| i32::try_from(id).ok()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM).unwrap();
        let status = timeout(EFFECT, self.command.wait()).await.expect("the command ends").unwrap();
        assert!(status.success(), "{status}");
        drop(self.output);
    }
}

#[tokio::test]
async fn the_words_of_a_note_are_counted_from_the_stream_of_its_table() {
    let stack = Stack::start(&["--project", "../tests/bundles/notes"]).await;
    assert_eq!(stack.get("/notes/a/words").await.0, StatusCode::NOT_FOUND);
    let put = stack.client.put(format!("{}/notes/a", stack.url)).header("content-type", "text/plain");
    let stored = put.body("four words for you").send().await.unwrap();
    assert_eq!(stored.status(), StatusCode::NO_CONTENT);
    assert_eq!(stack.until_found("/notes/a/words").await, "4");
    stack.stop().await;
}

#[tokio::test]
async fn a_letter_passes_the_queue_and_is_filed() {
    let bundle =
        ["--template", "../tests/bundles/letters/template.yaml", "--project", "../tests/bundles/letters"];
    let stack = Stack::start(&[&bundle[..], &["--param", "Stage=prod"]].concat()).await;
    let post = stack.client.post(format!("{}/letters/b", stack.url)).header("content-type", "text/plain");
    let sent = post.body("Dear reader").send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::ACCEPTED);
    assert_eq!(stack.until_found("/letters/b").await, "Dear reader");
    stack.stop().await;
}

/// Only the template of the shop has the requests that these commands send.
#[tokio::test]
async fn demo_and_load_refuse_another_bundle() {
    for command in ["demo", "load"] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_localstack"));
        run.args([command, "--project", "../tests/bundles/notes"]).kill_on_drop(true);
        let output = timeout(START, run.output()).await.expect("the command ends").unwrap();
        let line = String::from_utf8_lossy(&output.stderr).into_owned();
        let expected =
            "error: the template has no POST /commands/orders: demo and load send requests of the shop only";
        assert!(!output.status.success() && line.contains(expected), "{line}");
    }
}
