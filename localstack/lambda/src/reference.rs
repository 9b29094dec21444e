//! The function that a request names: by name, partial ARN or ARN, each with or without a qualifier (Lambda API
//! reference, parameter `FunctionName`).

use std::sync::Arc;

use stack_base::account::{ACCOUNT, function_arn};

use super::Lambda;
use super::api_error::ApiError;
use super::function::{Function, LATEST};
use super::query::parameter;

/// The pattern of the API reference, which AWS's message repeats.
const PATTERN: &str = "Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?\
    ([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";

/// A function as a request names it.
struct Reference<'t> {
    region: Option<&'t str>,
    account: Option<&'t str>,
    name: &'t str,
    qualifier: Option<&'t str>,
}

impl<'t> Reference<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let rest = match parts.as_slice() {
            ["arn", partition, "lambda", rest @ ..] if partition.starts_with("aws") => rest,
            rest => rest,
        };
        let (region, rest) = optional(rest, |part| part.split('-').count() >= 3 && part.ends_with(digit));
        let (account, rest) = optional(rest, |part| part.len() == ACCOUNT.len() && part.chars().all(digit));
        let (_, rest) = optional(rest, |part| part == "function");
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] if *qualifier == LATEST || is_name(qualifier) => (*name, Some(*qualifier)),
            _ => return None,
        };
        is_name(name).then_some(Self { region, account, name, qualifier })
    }
}

/// Takes the first part if it has the form, and if other parts follow.
fn optional<'p, 't>(
    parts: &'p [&'t str],
    has_form: impl Fn(&str) -> bool,
) -> (Option<&'t str>, &'p [&'t str]) {
    match parts {
        [first, rest @ ..] if !rest.is_empty() && has_form(first) => (Some(first), rest),
        _ => (None, parts),
    }
}

fn digit(character: char) -> bool {
    character.is_ascii_digit()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// A function, and whether the request names its version.
pub(super) struct Found {
    pub(super) function: Arc<Function>,
    pub(super) is_qualified: bool,
}

/// Finds the function that a path and the parameter `Qualifier` name. `action` is the permission of the operation.
///
/// # Errors
/// [`ApiError`] with AWS's message for a malformed name, another region or account, an unknown function, an unknown
/// qualifier, and two qualifiers that differ.
pub(super) fn find(
    lambda: &Lambda,
    text: &str,
    query: Option<&str>,
    action: &str,
) -> Result<Found, ApiError> {
    let reference =
        Reference::parse(text).ok_or_else(|| ApiError::validation("functionName", text, PATTERN))?;
    let function = lambda.find(reference.name).ok();
    let arn = function.as_ref().map_or_else(|| function_arn(reference.name), |found| found.spec.arn.clone());
    let mut fields = arn.split(':').skip(3);
    let (region, account) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    if let Some(other) = reference.region.filter(|named| *named != region) {
        let message = format!("Functions from '{other}' are not reachable in this region ('{region}')");
        return Err(ApiError::not_found(message));
    }
    if reference.account.is_some_and(|named| named != account) {
        let named = arn.replacen(account, reference.account.unwrap_or_default(), 1);
        return Err(ApiError::access_denied(format!(
            "User: arn:aws:iam::{account}:root is not authorized to perform: lambda:{action} on resource: {named} \
             because no resource-based policy allows the lambda:{action} action"
        )));
    }
    let parameter = parameter(query, "Qualifier");
    if let (Some(in_name), Some(in_query)) = (reference.qualifier, &parameter)
        && in_name != in_query
    {
        return Err(ApiError::invalid_parameter(
            "The derived qualifier from the function name does not match the specified qualifier.",
        ));
    }
    let qualifier = reference.qualifier.or(parameter.as_deref());
    let function = function.filter(|_| qualifier.is_none_or(|qualifier| qualifier == LATEST));
    let not_found = || match qualifier {
        Some(qualifier) => ApiError::not_found(format!("Function not found: {arn}:{qualifier}")),
        None => ApiError::not_found(format!("Function not found: {arn}")),
    };
    Ok(Found { function: function.ok_or_else(not_found)?, is_qualified: qualifier.is_some() })
}
