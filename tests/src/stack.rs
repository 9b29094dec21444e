//! The stack under test: the one at `STACK_URL`, or an embedded one that lives as long as the test's process.

use std::env;
use std::sync::{OnceLock, mpsc};
use std::thread;

use localstack::aws::ObservedCalls;
use localstack::{Stack, StackOptions};
use stack_template::Template;

use crate::Tokens;

/// Where a stack answers.
#[derive(Debug, Clone)]
pub struct Target {
    /// Of the HTTP API.
    pub base_url: String,
    /// Where its callers' tokens come from.
    pub tokens: Tokens,
    /// What only an embedded stack tells.
    pub embedded: Option<Embedded>,
}

/// What an embedded stack tells of itself.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// Where plain AWS clients are answered.
    pub aws_endpoint: String,
    /// What it runs.
    pub template: Template,
    /// What every function was seen to call.
    pub observed: ObservedCalls,
}

static TARGET: OnceLock<Result<Target, String>> = OnceLock::new();

/// The stack under test, started by the first who asks.
pub fn target() -> Result<&'static Target, String> {
    TARGET
        .get_or_init(|| env::var("STACK_URL").map_or_else(|_| embedded(), elsewhere))
        .as_ref()
        .map_err(Clone::clone)
}

fn elsewhere(base_url: String) -> Result<Target, String> {
    Ok(Target { base_url, tokens: Tokens::of_environment()?, embedded: None })
}

/// Starts a stack on a thread and runtime of its own: the runtime of a test ends with that test. Its functions end
/// with this process, for their connection to the stack ends with it.
fn embedded() -> Result<Target, String> {
    let (started, start) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let stack = Stack::start(StackOptions::default()).await.map_err(|error| error.to_string());
            let target = stack.as_ref().map_err(Clone::clone).map(|stack| Target {
                base_url: stack.base_url().to_owned(),
                tokens: Tokens::Issuer(stack.issuer().clone()),
                embedded: Some(Embedded {
                    aws_endpoint: stack.aws_endpoint().to_owned(),
                    template: stack.template().clone(),
                    observed: stack.observed_calls().clone(),
                }),
            });
            if started.send(target).is_ok() {
                std::future::pending::<()>().await;
            }
        });
    });
    start.recv().unwrap_or_else(|_| Err("the stack's thread ended before it had started".to_owned()))
}
