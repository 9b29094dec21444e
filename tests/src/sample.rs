//! Sends the sample requests in `events/` to a stack. Tests that use the samples also call functions that are added
//! later.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use localstack::RunningStack;
use serde_json::Value;
use stack_template::{EventReceiver, Template};

use crate::{ApiCall, ApiClient, Operator};

type BoxError = Box<dyn Error + Send + Sync>;

/// The headers of a sample that the caller sends. The gateway adds the others.
const CALLER_HEADERS: [&str; 5] = ["content-type", "idempotency-key", "if-match", "if-none-match", "prefer"];
/// How long it may take until a sample of each function has succeeded.
const DEADLINE: Duration = Duration::from_mins(1);

/// A sample request.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The function that the sample is for.
    pub function: String,
    /// The path with its query string.
    pub path: String,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    method: String,
    headers: Vec<(String, String)>,
    subject: String,
    scope: String,
}

impl Sample {
    /// The samples of all functions behind the HTTP API of `template`, in the sequence of the template.
    pub fn all(template: &Template) -> Result<Vec<Self>, BoxError> {
        let routed: BTreeSet<_> = template.routes.iter().map(|route| &route.function).collect();
        let functions = template.functions.iter().filter(|function| routed.contains(&function.name));
        let mut samples = Vec::new();
        for function in functions {
            let folder = stack_template::project().join("events").join(&function.binary);
            let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            let mut files = files.map(|file| Ok(file?.path())).collect::<Result<Vec<_>, BoxError>>()?;
            files.sort();
            for file in files {
                let event = serde_json::from_slice(&fs::read(&file)?)?;
                let sample = Self::from_event(&function.binary, &event);
                samples.push(sample.ok_or_else(|| format!("{}: not a request", file.display()))?);
            }
        }
        Ok(samples)
    }

    /// Reads a sample from an API Gateway event; `None` if the event is not a request.
    fn from_event(function: &str, event: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let query = event["rawQueryString"].as_str().filter(|query| !query.is_empty());
        let path = event["rawPath"].as_str()?;
        let body = event["body"].as_str().map(str::as_bytes);
        let body = match event["isBase64Encoded"].as_bool() {
            Some(true) => body.map(|body| STANDARD.decode(body)).transpose().ok()?,
            _ => body.map(<[u8]>::to_vec),
        };
        let claims = &event["requestContext"]["authorizer"]["jwt"]["claims"];
        let header = |name: &str| Some((name.to_owned(), text(&event["headers"][name])?));
        Some(Self {
            function: function.to_owned(),
            path: query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")),
            body,
            method: text(&event["requestContext"]["http"]["method"])?,
            headers: CALLER_HEADERS.into_iter().filter_map(header).collect(),
            // A sample of an open route has no claims. Its function ignores the token.
            subject: text(&claims["sub"]).unwrap_or_default(),
            scope: text(&claims["scope"]).unwrap_or_default(),
        })
    }

    /// Converts the sample into a request, and creates a caller of `stack` with a token for the sample's subject and
    /// scopes.
    pub fn call(&self, stack: &RunningStack) -> Result<(ApiClient, ApiCall), BoxError> {
        let token = stack.token(&self.subject, &self.scope).map_err(|error| error.to_string())?;
        let call = ApiCall::new(self.method.parse()?, &self.path);
        let call = self.headers.iter().fold(call, |call, (name, value)| call.header(name, value));
        let call = self.body.iter().fold(call, |call, body| call.raw(body.clone()));
        Ok((ApiClient::new(stack.base_url())?.with(token), call))
    }
}

/// Sends the samples in rounds until a sample of each function has succeeded. Several rounds are necessary, because
/// some samples depend on others and views are updated after commands.
///
/// The error names the functions without a successful sample.
pub async fn carry_out_samples(stack: &RunningStack) -> Result<(), BoxError> {
    let mut samples = Sample::all(stack.template())?;
    let rounds = async {
        while !samples.is_empty() {
            let mut succeeded = BTreeSet::new();
            for sample in &samples {
                let (caller, call) = sample.call(stack)?;
                if caller.send(call).await?.status < 300 {
                    succeeded.insert(sample.function.clone());
                }
            }
            samples.retain(|sample| !succeeded.contains(&sample.function));
            if succeeded.is_empty() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    };
    if let Ok(ended) = tokio::time::timeout(DEADLINE, rounds).await {
        return ended;
    }
    let left: BTreeSet<_> = samples.into_iter().map(|sample| sample.function).collect();
    let cure = "no sample in events/<function>/ succeeds after the samples of the other functions; \
                add one with `cargo local sample`";
    Err(format!("{left:?}: {cure}").into())
}

/// Invokes each function that a rule of the event bus invokes with each of its samples.
pub async fn deliver_samples(stack: &RunningStack, operator: &Operator) -> Result<(), BoxError> {
    let template = stack.template();
    let targets = template.event_rules.iter().flat_map(|rule| &rule.targets);
    let receivers: Vec<_> = targets.map(|target| &target.receiver).collect();
    let is_target = |name: &str| receivers.contains(&&EventReceiver::Function(name.to_owned()));
    for function in template.functions.iter().filter(|function| is_target(&function.name)) {
        for file in fs::read_dir(stack_template::project().join("events").join(&function.binary))? {
            let event = serde_json::from_slice(&fs::read(file?.path())?)?;
            operator.invoke(&function.binary, &event).await?;
        }
    }
    Ok(())
}
