//! Requests from the sample events, and the products that the demo's orders are for.

use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use super::difference::DemoError;
use super::session::{Call, Session};

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

/// The body of the sample `<function>/<name>.json`, a payload 2.0 event; `None` when it has none.
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

/// Who runs the shop.
pub(super) const OPERATOR: &str = "operator-0001";

const FUNCTION: &str = "register-product";

/// Registers every sample product. The keys make that safe to repeat on a stack that keeps its data.
///
/// # Errors
/// [`DemoError`] at the first answer that is not what it should be.
pub(super) async fn register<W: Write>(session: &mut Session<'_, W>, events: &Path) -> Result<(), DemoError> {
    session.show("Products to order")?;
    session.sign_in(OPERATOR, "orders:admin")?;
    for name in names(events, FUNCTION)? {
        let path = path(events, FUNCTION, &name)?;
        let body = body(events, FUNCTION, &name)?;
        let headers = vec![("idempotency-key", format!("demo-{name}"))];
        let call = Call { method: Method::PUT, path, body: body.as_ref(), headers };
        let answer = session.send(call, 201).await?;
        answer.has("status", &json!("active"))?;
    }
    Ok(())
}
