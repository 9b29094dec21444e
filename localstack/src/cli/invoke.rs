//! `cargo local invoke` invokes a function with an event and writes the function's result to standard output.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use stack_base::http;
use stack_template::{Function, Template};

use super::arguments::StackArguments;
use super::error::CliError;
use super::serve::Termination;
use crate::stack::{Stack, StackOptions};

/// The longest wait for the function. It exceeds Lambda's longest function timeout, 15 minutes.
const TIMEOUT: Duration = Duration::from_mins(16);

/// The result of an invocation.
struct FunctionResult {
    payload: Bytes,
    error: Option<String>,
}

/// Invokes a function in the stack that runs on the port, or in a temporary stack if none runs there. Writes the
/// function's result.
///
/// # Errors
/// [`CliError`], also if the function failed. In that case the function's error document is written first.
pub(super) async fn run(
    arguments: StackArguments,
    function: &str,
    event: &Path,
    stdout: &mut impl Write,
) -> Result<(), CliError> {
    let mut termination = Termination::new().map_err(CliError::Runtime)?;
    let payload =
        std::fs::read(event).map_err(|source| CliError::Event { path: event.to_owned(), source })?;
    let payload = Bytes::from(payload);
    let served = arguments.served_port();
    let invoked = async {
        match invoke_in_running_stack(served, function, payload.clone()).await? {
            Some(answer) => Ok(answer),
            None => invoke_in_temporary_stack(arguments.options(0), function, payload).await,
        }
    };
    let answer = tokio::select! {
        answer = invoked => answer?,
        () = termination.wait() => return Err(CliError::Interrupted),
    };
    stdout.write_all(&answer.payload)?;
    writeln!(stdout)?;
    answer.error.map_or(Ok(()), |error| Err(CliError::Failed(error)))
}

/// Invokes the function in the stack that serves its HTTP API on `port`. `None` if no stack runs there.
async fn invoke_in_running_stack(
    port: u16,
    function: &str,
    payload: Bytes,
) -> Result<Option<FunctionResult>, CliError> {
    let failed = |error: reqwest::Error| CliError::Invoke(error.to_string());
    let client = http::client(TIMEOUT).map_err(failed)?;
    let Some(aws_port) = port.checked_add(1) else { return Ok(None) };
    let endpoint = format!("http://127.0.0.1:{aws_port}");
    let described = client.get(format!("{endpoint}/_local/functions")).send().await;
    let Ok(described) = described.and_then(reqwest::Response::error_for_status) else { return Ok(None) };
    let Ok(functions) = described.json::<Vec<(String, String)>>().await else { return Ok(None) };
    let name = find_name(function, functions.iter().map(|(name, binary)| (name.as_str(), binary.as_str())))?;
    let url = format!("{endpoint}/2015-03-31/functions/{name}/invocations");
    let answer = client.post(url).body(payload).send().await.map_err(failed)?;
    let error = answer.headers().get("x-amz-function-error").and_then(|error| error.to_str().ok());
    let error = error.map(str::to_owned);
    let status = answer.status();
    let payload = answer.bytes().await.map_err(failed)?;
    if !status.is_success() {
        return Err(CliError::Invoke(String::from_utf8_lossy(&payload).into_owned()));
    }
    Ok(Some(FunctionResult { payload, error }))
}

async fn invoke_in_temporary_stack(
    options: StackOptions,
    function: &str,
    payload: Bytes,
) -> Result<FunctionResult, CliError> {
    let stack = Stack::start(options).await?;
    let answer = match name_in_template(stack.template(), function) {
        Ok(name) => match stack.lambda().invoke(name, payload, None).await {
            Ok(invocation) => {
                Ok(FunctionResult { payload: invocation.payload, error: invocation.function_error })
            }
            Err(error) => Err(CliError::Invoke(error.to_string())),
        },
        Err(error) => Err(error),
    };
    stack.shutdown().await;
    answer
}

fn name_in_template<'t>(template: &'t Template, function: &str) -> Result<&'t str, CliError> {
    let names = |function: &'t Function| (function.name.as_str(), function.binary.as_str());
    find_name(function, template.functions.iter().map(names))
}

/// The name of the function whose name or binary is `wanted`.
fn find_name<'f>(
    wanted: &str,
    functions: impl Iterator<Item = (&'f str, &'f str)>,
) -> Result<&'f str, CliError> {
    let functions: Vec<_> = functions.collect();
    let found = functions.iter().find(|(name, binary)| *name == wanted || *binary == wanted);
    found.map(|(name, _)| *name).ok_or_else(|| {
        let known: Vec<&str> = functions.iter().map(|(_, binary)| *binary).collect();
        CliError::Function { name: wanted.to_owned(), known: known.join(", ") }
    })
}
