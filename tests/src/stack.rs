//! The stack under test, and the tokens that it takes: the one at `STACK_URL`, or an embedded one that lives as long as the
//! test's process.

use std::env;
use std::process::Command;
use std::sync::{OnceLock, mpsc};
use std::thread;

use localstack::aws::ObservedCalls;
use localstack::{Stack, StackOptions};
use stack_gateway::identity::{Issuer, TokenRequest};
use stack_template::Template;

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

/// The command that prints a token for a stack at `STACK_URL`.
const VARIABLE: &str = "STACK_TOKEN_COMMAND";

/// Where tokens come from.
#[derive(Debug, Clone)]
pub enum Tokens {
    /// The embedded stack's issuer.
    Issuer(Issuer),
    /// A command and its first arguments, to which `--sub`, `--scope`, `--expires-in` and, where it is not the stack's
    /// own, `--audience` are added. It prints a token, as `cargo local token` does.
    Command(Vec<String>),
}

impl Tokens {
    /// The command in `STACK_TOKEN_COMMAND`.
    ///
    /// # Errors
    /// Where the variable is not set.
    pub fn of_environment() -> Result<Self, String> {
        let line = env::var(VARIABLE).unwrap_or_default();
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            return Err(format!("set {VARIABLE}, for example to: cargo local token --port 3000"));
        }
        Ok(Self::Command(words))
    }

    /// A token that says what `request` asks for.
    pub fn get(&self, request: &TokenRequest) -> Result<String, String> {
        match self {
            Self::Issuer(issuer) => issuer.token(request).map_err(|error| error.to_string()),
            Self::Command(words) => printed(words, request),
        }
    }
}

fn printed(words: &[String], request: &TokenRequest) -> Result<String, String> {
    let (program, first) = words.split_first().ok_or_else(|| format!("set {VARIABLE}"))?;
    let mut command = Command::new(program);
    command.args(first).args(["--sub", &request.subject, "--scope", &request.scope]);
    command.args(["--expires-in", &request.expires_in.to_string()]);
    command.args(request.audience.iter().flat_map(|audience| ["--audience", audience]));
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
