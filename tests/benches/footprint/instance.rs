//! Runs one process of a function, measures its invocations and checks its responses.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::Error;
use crate::runtime_api::{RuntimeCall, Server, open};
use crate::subject::{BARE, EXTENDED, PAGE, Subject, UNTRACED};

/// The longest wait for a call from an instance. A call takes far less time, even under callgrind on a busy machine.
const SILENCE: Duration = Duration::from_mins(1);

/// A running process of a function, with its own Runtime API.
#[derive(Debug)]
pub(crate) struct Instance {
    subject: &'static Subject,
    process: Child,
    _runtime_api: Server,
    calls: mpsc::Receiver<RuntimeCall>,
    /// The sender for the next event; `None` until the instance asks for an event.
    deliver: Option<oneshot::Sender<Vec<u8>>>,
    /// The time from just before the start of the process to its first `GET /next`.
    pub(crate) init: Duration,
}

/// A successful invocation.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// The response.
    pub(crate) reply: Value,
    /// The time from the delivery of the event to the response.
    pub(crate) took: Duration,
    /// The time from the delivery of the event until the instance asks for the next one. Lambda bills this time.
    pub(crate) billed: Duration,
}

impl Instance {
    /// Starts an instance of `subject` with `command` and waits until it asks for an event.
    pub(crate) async fn start(subject: &'static Subject, mut command: Command) -> Result<Self, Error> {
        let (server, calls) = open().await?;
        command.env("AWS_LAMBDA_RUNTIME_API", server.address.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let started = Instant::now();
        let process = command.spawn()?;
        let (deliver, init) = (None, Duration::ZERO);
        let mut instance = Self { subject, process, _runtime_api: server, calls, deliver, init };
        let polled = instance.wait_for_poll().await?;
        instance.init = polled.duration_since(started);
        Ok(instance)
    }

    /// Delivers `payload`, checks the response, and waits until the instance asks for the next event.
    pub(crate) async fn invoke(&mut self, payload: Vec<u8>) -> Result<Invocation, Error> {
        let deliver = self.deliver.take().ok_or("the instance has not asked for an event")?;
        let handed_over = Instant::now();
        deliver.send(payload).map_err(|_| "the instance no longer waits for an event")?;
        let (answered, body) = match self.call().await? {
            RuntimeCall::Response(at, body) => (at, body),
            RuntimeCall::Error(error) => return Err(function_error(&error)),
            RuntimeCall::Next(..) => {
                return Err("the instance asks for the next event before its response".into());
            }
        };
        let polled = self.wait_for_poll().await?;
        let reply = serde_json::from_slice(&body)?;
        if !is_expected(self.subject.function, &reply)? {
            return Err(format!("{} has the wrong response {reply}", self.subject.name()).into());
        }
        let (took, billed) = (answered.duration_since(handed_over), polled.duration_since(handed_over));
        Ok(Invocation { reply, took, billed })
    }

    /// The id of the process. An error if the process has ended.
    pub(crate) fn process_id(&self) -> Result<u32, Error> {
        Ok(self.process.id().ok_or("the process has ended")?)
    }

    /// Waits for the end of the process, which has received a signal to end.
    pub(crate) async fn wait_for_end(mut self) -> Result<(), Error> {
        timeout(SILENCE, self.process.wait()).await??;
        Ok(())
    }

    /// Kills the process and waits for its end.
    pub(crate) async fn stop(mut self) -> Result<(), Error> {
        self.process.start_kill()?;
        self.wait_for_end().await
    }

    async fn wait_for_poll(&mut self) -> Result<Instant, Error> {
        match self.call().await? {
            RuntimeCall::Next(at, deliver) => {
                self.deliver = Some(deliver);
                Ok(at)
            }
            RuntimeCall::Error(error) => Err(function_error(&error)),
            RuntimeCall::Response(..) => Err("the instance sends a response without an event".into()),
        }
    }

    async fn call(&mut self) -> Result<RuntimeCall, Error> {
        let call = async {
            tokio::select! {
                call = self.calls.recv() => call.ok_or_else(|| "the Runtime API has ended".into()),
                status = self.process.wait() => Err(format!("the instance has ended: {}", status?).into()),
            }
        };
        timeout(SILENCE, call).await.map_err(|_| "the instance makes no call")?
    }
}

fn function_error(error: &[u8]) -> Error {
    format!("the function reports an error: {}", String::from_utf8_lossy(error)).into()
}

/// Whether `reply` is the expected response of `function`.
fn is_expected(function: &str, reply: &Value) -> Result<bool, Error> {
    Ok(match function {
        BARE | EXTENDED => reply["routeKey"].is_string(),
        _ if function.ends_with("-projection") => {
            reply["batchItemFailures"].as_array().is_some_and(Vec::is_empty)
        }
        UNTRACED | "create-order" | "register-product" => is_new(reply, 201),
        "submit-batch" => is_new(reply, 200) && new_statuses(&body(reply)?) == [201, 200, 200, 200, 200, 404],
        "list-orders" | "search-orders" | "list-products" => {
            is_new(reply, 200) && entries(reply, "items")? == PAGE
        }
        "get-order-history" => is_new(reply, 200) && entries(reply, "items")? == 3,
        "get-analytics" => is_new(reply, 200) && entries(reply, "totals")? == 1,
        _ => is_new(reply, 200),
    })
}

/// Whether `reply` has `status` and does not repeat an earlier response.
fn is_new(reply: &Value, status: u16) -> bool {
    reply["statusCode"] == status && reply["headers"]["idempotent-replayed"].is_null()
}

/// The statuses of the batch's results, without results that repeat an earlier response.
fn new_statuses(body: &Value) -> Vec<u64> {
    let results = body["results"].as_array().into_iter().flatten();
    let first = results.filter(|result| result["replayed"] != json!(true));
    first.filter_map(|result| result["status"].as_u64()).collect()
}

fn entries(reply: &Value, name: &str) -> Result<usize, Error> {
    Ok(body(reply)?[name].as_array().map_or(0, Vec::len))
}

/// The body of `reply`.
pub(crate) fn body(reply: &Value) -> Result<Value, Error> {
    Ok(serde_json::from_str(reply["body"].as_str().unwrap_or_default())?)
}
