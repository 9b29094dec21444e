//! A function's IAM statements: those of its own `Policies`, or those of its role and of the policies attached to the
//! role.

use serde_json::Value;
use stack_base::account::role_arn;

use super::error::{ExpressionError, TemplateError};
use super::expressions::{creates, physical_name};
use super::model::{Effect, Statement};
use super::properties::Properties;
use super::scope::Scope;

/// Managed policies that only allow writing logs and traces. The local endpoint serves none of these calls.
const LOGS_AND_TRACES: &[&str] =
    &["AWSLambdaBasicExecutionRole", "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess"];

/// The name of a function's role, and the role's statements.
///
/// # Errors
/// [`TemplateError::Property`], also when the role is not in the template, because its statements are then unknown.
pub(crate) fn of_function(
    scope: &Scope<'_>,
    function: &str,
    properties: &Properties<'_>,
) -> Result<(String, Vec<Statement>), TemplateError> {
    match properties.text("Role")? {
        Some(arn) => role(scope, &arn, properties),
        None => Ok((format!("{function}Role"), of_policies(properties)?)),
    }
}

fn role(
    scope: &Scope<'_>,
    arn: &str,
    properties: &Properties<'_>,
) -> Result<(String, Vec<Statement>), TemplateError> {
    for (id, declaration) in roles(scope) {
        let name = physical_name(scope, id, declaration, 0)
            .map_err(|problem| properties.error("Role", problem.to_string()))?;
        if role_arn(&name) == arn {
            let mut statements = of_role(&Properties::from_declaration(scope, id, declaration))?;
            statements.extend(attached_to_role(scope, &name)?);
            return Ok((name, statements));
        }
    }
    Err(properties.error("Role", format!("{arn} is not a role of this template")))
}

fn roles<'s>(scope: &Scope<'s>) -> impl Iterator<Item = (&'s String, &'s Value)> {
    let resources = scope.section("Resources").into_iter().flatten();
    resources.filter(|(_, declaration)| Scope::type_of(declaration) == "AWS::IAM::Role")
}

/// The names of all roles in the template.
///
/// # Errors
/// What is wrong with the name of a role.
fn role_names(scope: &Scope<'_>) -> Result<Vec<String>, ExpressionError> {
    roles(scope).map(|(id, declaration)| physical_name(scope, id, declaration, 0)).collect()
}

fn of_role(role: &Properties<'_>) -> Result<Vec<Statement>, TemplateError> {
    let inert = [
        "AssumeRolePolicyDocument",
        "Description",
        "MaxSessionDuration",
        "Path",
        "PermissionsBoundary",
        "RoleName",
        "Tags",
    ];
    role.only(&["ManagedPolicyArns", "Policies"], &inert)?;
    for arn in role.texts("ManagedPolicyArns")? {
        only_logs_and_traces(role, "ManagedPolicyArns", &arn)?;
    }
    let mut statements = Vec::new();
    for policy in role.objects("Policies")? {
        statements.extend(of_document(&policy.required_object("PolicyDocument")?)?);
    }
    Ok(statements)
}

/// The statements in SAM's `Policies`, a list of managed policies' names and policy documents.
fn of_policies(properties: &Properties<'_>) -> Result<Vec<Statement>, TemplateError> {
    let mut statements = Vec::new();
    for (index, policy) in properties.list("Policies")?.into_iter().enumerate() {
        let place = format!("Policies[{index}]");
        match policy {
            Value::String(name) => only_logs_and_traces(properties, &place, &name)?,
            Value::Object(map) if map.contains_key("Statement") => {
                statements.extend(of_document(&properties.with(map))?);
            }
            _ => return Err(properties.error(&place, "is not supported locally; write it as a Statement")),
        }
    }
    Ok(statements)
}

fn only_logs_and_traces(properties: &Properties<'_>, place: &str, name: &str) -> Result<(), TemplateError> {
    let short = name.rsplit('/').next().unwrap_or(name);
    if LOGS_AND_TRACES.contains(&short) {
        return Ok(());
    }
    Err(properties
        .error(place, format!("managed policy {name} is not supported locally; write its statements")))
}

/// The statements of a policy document.
///
/// # Errors
/// [`TemplateError::Property`] when the document is invalid.
fn of_document(document: &Properties<'_>) -> Result<Vec<Statement>, TemplateError> {
    document.only(&["Statement"], &["Id", "Version"])?;
    document.objects("Statement")?.iter().map(statement).collect()
}

fn statement(properties: &Properties<'_>) -> Result<Statement, TemplateError> {
    properties.only(&["Action", "Effect", "Resource"], &["Sid"])?;
    let effect = match properties.required_text("Effect")?.as_str() {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        other => return Err(properties.error("Effect", format!("{other} is neither Allow nor Deny"))),
    };
    let (actions, resources) = (properties.texts("Action")?, properties.texts("Resource")?);
    if actions.is_empty() || resources.is_empty() {
        return Err(properties.error("Statement", "must have an Action and a Resource"));
    }
    Ok(Statement { effect, actions, resources })
}

/// Refuses a policy for a role that the template does not declare.
///
/// # Errors
/// [`TemplateError::Property`] when the policy is invalid or names such a role.
pub(crate) fn check_attached(scope: &Scope<'_>, policy: &Properties<'_>) -> Result<(), TemplateError> {
    policy.only(&["PolicyDocument", "Roles"], &["PolicyName"])?;
    let names = role_names(scope).map_err(|problem| policy.error("Roles", problem.to_string()))?;
    match policy.texts("Roles")?.into_iter().find(|role| !names.contains(role)) {
        Some(unknown) => Err(policy.error("Roles", format!("{unknown} is not a role of this template"))),
        None => Ok(()),
    }
}

/// Refuses a managed policy that a role, a user or a group has. One that nobody has changes no permission.
///
/// # Errors
/// [`TemplateError::Property`] when the policy is attached.
pub(crate) fn check_unattached(policy: &Properties<'_>) -> Result<(), TemplateError> {
    policy.only(&[], &["Description", "ManagedPolicyName", "Path", "PolicyDocument"])
}

/// The statements of all policies that the template attaches to a role.
///
/// # Errors
/// [`TemplateError::Property`] when a policy is invalid.
fn attached_to_role(scope: &Scope<'_>, role: &str) -> Result<Vec<Statement>, TemplateError> {
    let mut statements = Vec::new();
    for (id, declaration) in scope.section("Resources").into_iter().flatten() {
        let policy = Properties::from_declaration(scope, id, declaration);
        let is_there =
            creates(scope, declaration).map_err(|problem| policy.error("Condition", problem.to_string()))?;
        if Scope::type_of(declaration) == "AWS::IAM::Policy"
            && is_there
            && policy.texts("Roles")?.iter().any(|name| name == role)
        {
            statements.extend(of_document(&policy.required_object("PolicyDocument")?)?);
        }
    }
    Ok(statements)
}
