//! Runs the example `echo` as a process in a sandbox.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::collector::Collector;
use crate::collector::patiently;
use crate::lambda::{Event, RuntimeApi};

pub(crate) struct Function {
    process: Child,
    lambda: RuntimeApi,
    answers: mpsc::UnboundedReceiver<(String, Value)>,
    lines: JoinHandle<Vec<Value>>,
    invocations: usize,
}

/// The end of an invocation in the year 3000.
const FAR: u64 = 32_503_680_000_000;

impl Function {
    /// Starts a function with a collector of its own and the environment `variables`.
    pub(crate) async fn with_collector(variables: &[(&str, &str)]) -> (Collector, Self) {
        let collector = Collector::start().await;
        let function = Self::start(&collector, variables).await;
        (collector, function)
    }

    /// Starts a function that sends spans to `collector`, with the environment `variables`.
    pub(crate) async fn start(collector: &Collector, variables: &[(&str, &str)]) -> Self {
        Self::with_endpoint(&collector.endpoint, variables).await
    }

    pub(crate) async fn with_endpoint(endpoint: &str, variables: &[(&str, &str)]) -> Self {
        let (lambda, answers) = RuntimeApi::start().await;
        let mut process = Command::new(binary())
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &lambda.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "echo-function")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "7")
            .env("AWS_REGION", "eu-west-1")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = process.stdout.take().unwrap();
        let lines = tokio::spawn(async move {
            let (mut output, mut lines) = (BufReader::new(output).lines(), Vec::new());
            while let Some(line) = output.next_line().await.unwrap() {
                lines.push(serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line} is not JSON")));
            }
            lines
        });
        Self { process, lambda, answers, lines, invocations: 0 }
    }

    /// Invokes the function and returns its response.
    pub(crate) async fn invoke(&mut self, payload: Value) -> Value {
        self.invoke_in(None, payload).await
    }

    /// Invokes the function, and waits until it has completely handled the event.
    pub(crate) async fn handle(&mut self, payload: Value) -> Value {
        let answer = self.invoke(payload).await;
        self.idle().await;
        answer
    }

    /// Invokes the function with Lambda's trace header `trace`.
    pub(crate) async fn invoke_in(&mut self, trace: Option<&str>, payload: Value) -> Value {
        self.invoke_until(FAR, trace, payload).await
    }

    /// The same with the end of the invocation, in milliseconds after the Unix epoch.
    pub(crate) async fn invoke_until(&mut self, deadline: u64, trace: Option<&str>, payload: Value) -> Value {
        self.invocations += 1;
        let request_id = format!("request-{}", self.invocations);
        self.lambda.send(Event {
            request_id: request_id.clone(),
            trace: trace.map(ToOwned::to_owned),
            deadline,
            payload,
        });
        let (id, answer) = patiently("answer", self.answers.recv()).await.unwrap();
        assert_eq!(id, request_id);
        answer
    }

    /// Invokes the function with the caller's `headers`, and returns the `traceparent` of the function's span.
    pub(crate) async fn traceparent(&mut self, trace: Option<&str>, headers: Value) -> String {
        let answer = self.invoke_in(trace, json!({ "headers": headers })).await;
        answer["traceparent"].as_str().unwrap().to_owned()
    }

    /// Waits until the function has handled all events so far and asks for the next one.
    pub(crate) async fn idle(&self) {
        self.lambda.wait_for_poll(self.invocations + 1).await;
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.process.id().unwrap().try_into().unwrap();
        kill(Pid::from_raw(id), signal).unwrap();
    }

    /// Ends the function as Lambda does, and returns its log lines and its exit status.
    pub(crate) async fn end(mut self) -> (Vec<Value>, ExitStatus) {
        self.signal(Signal::SIGTERM);
        let status = patiently("end", self.process.wait()).await.unwrap();
        (self.lines.await.unwrap(), status)
    }
}

/// The path of the example. Cargo builds examples for `cargo test`, next to the folder of the test.
fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let binary = test.parent().unwrap().with_file_name("examples").join("echo");
    assert!(
        binary.exists(),
        "{} is missing: run cargo build --package telemetry --examples",
        binary.display()
    );
    binary
}
