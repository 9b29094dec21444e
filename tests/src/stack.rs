//! The stack under test and the tokens for it. The stack is the one at `STACK_URL`, or an embedded one that runs as
//! long as the test's process.

use std::env;
use std::process::Command;
use std::sync::{OnceLock, mpsc};
use std::thread;

use localstack::aws::ObservedCalls;
use localstack::{Stack, StackOptions};
use stack_gateway::identity::{Issuer, TokenRequest};
use stack_template::Template;

/// The parameters that make changes of the generations settle soon: the shortest times that the template allows.
pub const SHORTEST_TIMES: [(&str, &str); 2] = [("GenerationMaxAge", "1"), ("ProjectionTimeout", "10")];

/// The stack under test.
#[derive(Debug, Clone)]
pub struct Target {
    /// The URL of the HTTP API.
    pub base_url: String,
    /// The source of tokens for callers.
    pub tokens: Tokens,
    /// Details that only an embedded stack has.
    pub embedded: Option<Embedded>,
}

/// Details of an embedded stack.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// The endpoint for AWS clients.
    pub aws_endpoint: String,
    /// The template that the stack runs.
    pub template: Template,
    /// The AWS calls of every function.
    pub observed: ObservedCalls,
}

static TARGET: OnceLock<Result<Target, String>> = OnceLock::new();

/// The stack under test. The first call starts an embedded stack.
pub fn target() -> Result<&'static Target, String> {
    TARGET
        .get_or_init(|| env::var("STACK_URL").map_or_else(|_| embedded(), at_url))
        .as_ref()
        .map_err(Clone::clone)
}

/// The stack at `base_url`, which was started elsewhere.
fn at_url(base_url: String) -> Result<Target, String> {
    Ok(Target { base_url, tokens: Tokens::from_environment()?, embedded: None })
}

/// Starts a stack on its own thread and runtime, because the runtime of a test ends with the test. The functions end
/// with this process, because their connection to the stack ends with the process.
fn embedded() -> Result<Target, String> {
    let (started, start) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            // The scenario of the event bus needs a stack that publishes.
            let parameters = [("EventBusName".to_owned(), "default".to_owned())].into();
            let options = StackOptions { parameters, ..StackOptions::default() };
            let stack = Stack::start(options).await.map_err(|error| error.to_string());
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
    start.recv().unwrap_or_else(|_| Err("the stack's thread ended before the stack had started".to_owned()))
}

/// The environment variable with the command that prints a token for the stack at `STACK_URL`.
const VARIABLE: &str = "STACK_TOKEN_COMMAND";

/// The source of tokens.
#[derive(Debug, Clone)]
pub enum Tokens {
    /// The embedded stack's issuer.
    Issuer(Issuer),
    /// A command with its first arguments. The options `--sub`, `--scope` and `--expires-in` are appended, and
    /// `--audience` if it differs from the stack's own. The command must print a token, as `cargo local token` does.
    Command(Vec<String>),
}

impl Tokens {
    /// Reads the command from `STACK_TOKEN_COMMAND`.
    ///
    /// # Errors
    /// An error if the variable is not set.
    pub fn from_environment() -> Result<Self, String> {
        let line = env::var(VARIABLE).unwrap_or_default();
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            return Err(format!("set {VARIABLE}, for example to: cargo local token --port 3000"));
        }
        Ok(Self::Command(words))
    }

    /// Issues a token for `request`.
    pub fn get(&self, request: &TokenRequest) -> Result<String, String> {
        match self {
            Self::Issuer(issuer) => issuer.token(request).map_err(|error| error.to_string()),
            Self::Command(words) => token_from_command(words, request),
        }
    }
}

/// Runs the command `words` and returns the token that it prints.
fn token_from_command(words: &[String], request: &TokenRequest) -> Result<String, String> {
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
