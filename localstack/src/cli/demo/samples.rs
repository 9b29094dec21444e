//! Requests from the sample events, and the registration of the products that the demo orders.

use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use super::difference::DemoError;
use super::session::{DemoRequest, Session};

/// The names of a function's samples, in alphabetical order.
///
/// # Errors
/// [`DemoError::Sample`].
pub(super) fn names(events: &Path, function: &str) -> Result<Vec<String>, DemoError> {
    let folder = events.join(function);
    let problem = |error: std::io::Error| sample(&folder, &error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort_unstable();
    Ok(names)
}

/// The decoded path of the sample `<function>/<name>.json`, a payload 2.0 event.
///
/// # Errors
/// [`DemoError::Sample`].
pub(super) fn path(events: &Path, function: &str, name: &str) -> Result<String, DemoError> {
    let file = file(events, function, name);
    let event = event(&file)?;
    event["rawPath"].as_str().map(str::to_owned).ok_or_else(|| sample(&file, &"has no rawPath"))
}

/// The body of the sample `<function>/<name>.json`, a payload 2.0 event. `None` if the event has no body.
///
/// # Errors
/// [`DemoError::Sample`].
pub(super) fn body(events: &Path, function: &str, name: &str) -> Result<Option<Value>, DemoError> {
    let file = file(events, function, name);
    let event = event(&file)?;
    let Some(body) = event["body"].as_str() else { return Ok(None) };
    let bytes = if event["isBase64Encoded"] == true {
        STANDARD.decode(body).map_err(|error| sample(&file, &error))?
    } else {
        body.as_bytes().to_vec()
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| sample(&file, &error))
}

fn file(events: &Path, function: &str, name: &str) -> PathBuf {
    events.join(function).join(format!("{name}.json"))
}

fn event(file: &Path) -> Result<Value, DemoError> {
    let text = std::fs::read_to_string(file).map_err(|error| sample(file, &error))?;
    serde_json::from_str(&text).map_err(|error| sample(file, &error))
}

fn sample(path: &Path, problem: &impl ToString) -> DemoError {
    DemoError::Sample { path: path.to_owned(), problem: problem.to_string() }
}

/// The id of the shop's operator.
pub(super) const OPERATOR: &str = "operator-0001";

const FUNCTION: &str = "register-product";

/// Registers every sample product. Each request has a fixed idempotency key, so the demo can run again on kept data.
///
/// # Errors
/// [`DemoError`] at the first unexpected response.
pub(super) async fn register<W: Write>(session: &mut Session<'_, W>, events: &Path) -> Result<(), DemoError> {
    session.show("Register the products")?;
    session.sign_in(OPERATOR, "orders:admin")?;
    for name in names(events, FUNCTION)? {
        let path = path(events, FUNCTION, &name)?;
        let body = body(events, FUNCTION, &name)?;
        let headers = vec![("idempotency-key", format!("demo-{name}"))];
        let call = DemoRequest { method: Method::PUT, path, body: body.as_ref(), headers };
        let answer = session.send(call, 201).await?;
        answer.has("status", &json!("active"))?;
    }
    Ok(())
}
