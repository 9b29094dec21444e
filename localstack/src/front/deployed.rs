//! What a deployed stack calls the template's functions: `ListStackResources` of `CloudFormation` (its API reference), in
//! the JSON that `LocalStack` offers beside AWS's XML.

use std::collections::BTreeMap;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::Value;

use super::error::FrontError;
use super::remote::RemoteFunctions;

/// Pages that are read at most; one has up to 100 resources, and a stack up to 500 (`CloudFormation` quotas).
const PAGES: usize = 6;

/// What is used of a resource's summary.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    resource_type: String,
}

/// The functions' physical names by their logical ids.
///
/// # Errors
/// [`FrontError::Stack`].
pub(super) async fn function_names(
    functions: &RemoteFunctions,
    stack: &str,
) -> Result<BTreeMap<String, String>, FrontError> {
    let failed = |problem: String| {
        let endpoint = functions.endpoint().to_owned();
        FrontError::Stack { stack: stack.to_owned(), endpoint, problem }
    };
    let (mut names, mut next) = (BTreeMap::new(), None);
    for _ in 0..PAGES {
        let (summaries, token) = page(functions, stack, next.as_deref()).await.map_err(failed)?;
        let deployed = summaries.into_iter().filter(|one| one.resource_type == "AWS::Lambda::Function");
        names.extend(deployed.filter_map(|one| Some((one.logical_resource_id, one.physical_resource_id?))));
        match token {
            Some(_) => next = token,
            None => return Ok(names),
        }
    }
    Err(failed(format!("it has more than {PAGES} pages of resources")))
}

async fn page(
    functions: &RemoteFunctions,
    stack: &str,
    next: Option<&str>,
) -> Result<(Vec<Summary>, Option<String>), String> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", "ListStackResources").append_pair("Version", "2010-05-15");
    form.append_pair("StackName", stack);
    if let Some(next) = next {
        form.append_pair("NextToken", next);
    }
    let request = functions.post("cloudformation", "/").header(ACCEPT, "application/json");
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish());
    let answer = request.send().await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body = answer.text().await.map_err(|error| error.to_string())?;
    if !status.is_success() {
        return Err(format!("{status} {body}"));
    }
    let document: Value = serde_json::from_str(&body).map_err(|error| format!("no JSON: {error}"))?;
    parsed(&document).map_err(|error| format!("not a list of resources: {error}"))
}

fn parsed(document: &Value) -> serde_json::Result<(Vec<Summary>, Option<String>)> {
    let result = &document["ListStackResourcesResponse"]["ListStackResourcesResult"];
    let summaries = Vec::deserialize(&result["StackResourceSummaries"]["member"])?;
    let next = result["NextToken"].as_str().filter(|token| !token.is_empty());
    Ok((summaries, next.map(str::to_owned)))
}
