//! One process of a function, from its start to its end.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::Error;
use crate::runtime_api::{Call, RuntimeApi};

/// How long an instance may be silent; far more than it takes, even under callgrind on a busy machine.
const SILENCE: Duration = Duration::from_mins(1);

/// An instance that waits for an event.
#[derive(Debug)]
pub(crate) struct Instance {
    process: Child,
    runtime_api: RuntimeApi,
    /// Where its next event goes.
    deliver: Option<oneshot::Sender<Vec<u8>>>,
    /// From just before its start to its first `GET /next`.
    pub(crate) init: Duration,
}

/// What an instance made of an event.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// The response.
    pub(crate) reply: Value,
    /// From handing the event over to having the response.
    pub(crate) took: Duration,
    /// From handing the event over until it asks for the next one: what Lambda bills.
    pub(crate) billed: Duration,
}

impl Instance {
    /// Starts one with `command` and waits until it asks for an event.
    pub(crate) async fn start(mut command: Command) -> Result<Self, Error> {
        let runtime_api = RuntimeApi::open().await?;
        command.env("AWS_LAMBDA_RUNTIME_API", runtime_api.address.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let started = Instant::now();
        let process = command.spawn()?;
        let mut instance = Self { process, runtime_api, deliver: None, init: Duration::ZERO };
        let polled = instance.wait_for_poll().await?;
        instance.init = polled.duration_since(started);
        Ok(instance)
    }

    /// Has it work on `payload`, and waits until it asks for the next event.
    pub(crate) async fn invoke(&mut self, payload: Vec<u8>) -> Result<Invocation, Error> {
        let deliver = self.deliver.take().ok_or("the instance has not asked for an event")?;
        let handed_over = Instant::now();
        deliver.send(payload).map_err(|_| "the instance no longer waits for an event")?;
        let (answered, body) = match self.call().await? {
            Call::Answer(at, body) => (at, body),
            Call::Failure(error) => return Err(failed(&error)),
            Call::Next(..) => return Err("the instance asks for another event without an answer".into()),
        };
        let polled = self.wait_for_poll().await?;
        let reply = serde_json::from_slice(&body)?;
        let (took, billed) = (answered.duration_since(handed_over), polled.duration_since(handed_over));
        Ok(Invocation { reply, took, billed })
    }

    /// The id of its process, while it has one.
    pub(crate) fn process_id(&self) -> Result<u32, Error> {
        Ok(self.process.id().ok_or("the process has ended")?)
    }

    /// Waits for the end of a process that was told to end.
    pub(crate) async fn ended(mut self) -> Result<(), Error> {
        timeout(SILENCE, self.process.wait()).await??;
        Ok(())
    }

    /// Ends it at once.
    pub(crate) async fn stop(mut self) -> Result<(), Error> {
        self.process.start_kill()?;
        self.ended().await
    }

    async fn wait_for_poll(&mut self) -> Result<Instant, Error> {
        match self.call().await? {
            Call::Next(at, deliver) => {
                self.deliver = Some(deliver);
                Ok(at)
            }
            Call::Failure(error) => Err(failed(&error)),
            Call::Answer(..) => Err("the instance answers what it was not asked".into()),
        }
    }

    async fn call(&mut self) -> Result<Call, Error> {
        let call = async {
            tokio::select! {
                call = self.runtime_api.calls.recv() => call.ok_or_else(|| "the Runtime API has ended".into()),
                status = self.process.wait() => Err(format!("the instance has ended: {}", status?).into()),
            }
        };
        timeout(SILENCE, call).await.map_err(|_| "the instance is silent")?
    }
}

fn failed(error: &[u8]) -> Error {
    format!("the function fails: {}", String::from_utf8_lossy(error)).into()
}
