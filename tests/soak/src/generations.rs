//! The change of the generations of the query table, in three steps: begin, build and cut over, end. A step takes effect
//! only after a time, in which other disturbances happen.

use std::error::Error;
use std::io::{self, Write};

use e2e::Operator;
use serde_json::{Value, json};

use crate::operators::invoke;

/// The most attempts to find the generations equal and to cut over.
const ATTEMPTS: usize = 5;

type BoxError = Box<dyn Error + Send + Sync>;

/// Begins to use the generation that is not live. With `empty`, `rebuild` deletes its items first.
pub(crate) async fn begin(operator: &Operator, empty: bool) -> Result<(), BoxError> {
    let report = invoke(operator, "rebuild", &json!({"task": "begin", "empty": empty})).await?;
    if report["stage"].is_null() { Err(format!("no generation was begun: {report}").into()) } else { Ok(()) }
}

/// Builds the generation that is not live, compares it with the live one, and cuts over. If the generations differ,
/// because one of them missed a stream under faults, runs the rebuild again, as its page says. Continues a build that fails.
/// Prints the answer of each attempt that fails.
///
/// # Errors
/// An error if every attempt found a difference or was refused.
pub(crate) async fn cut_over(operator: &Operator) -> Result<(), BoxError> {
    let mut build = json!({"task": "build"});
    for number in 1..=ATTEMPTS {
        let Some(answer) = attempt(operator, &mut build).await? else { return Ok(()) };
        writeln!(io::stdout(), "attempt {number} of {ATTEMPTS} to cut over: {answer}")?;
    }
    Err(format!("no cut-over after {ATTEMPTS} attempts").into())
}

/// Tries once to cut over. `build` is the request that builds the generation; a failed attempt replaces it by the one of the
/// next attempt. Returns the answer that stopped the attempt, or `None` after the cut-over.
async fn attempt(operator: &Operator, build: &mut Value) -> Result<Option<String>, BoxError> {
    if let Err(error) = operator.rebuild(build).await {
        // The next invocation continues the build where it stopped.
        *build = json!({"task": "build"});
        return Ok(Some(error.to_string()));
    }
    let compared = invoke(operator, "rebuild", &json!({"task": "compare"})).await?;
    if compared["state"] != "equal" {
        *build = json!({"task": "build", "restart": true});
        return Ok(Some(compared.to_string()));
    }
    Ok(match invoke(operator, "rebuild", &json!({"task": "cut_over"})).await {
        Ok(report) if !report["live"].is_null() => None,
        Ok(refused) => Some(refused.to_string()),
        Err(error) => Some(error.to_string()),
    })
}

/// Ends the use of the generation that is not live.
pub(crate) async fn end(operator: &Operator) -> Result<(), BoxError> {
    let report = invoke(operator, "rebuild", &json!({"task": "end"})).await?;
    if report["stage"] == Value::Null {
        Ok(())
    } else {
        Err(format!("the generation is in use: {report}").into())
    }
}
