//! A function's IAM statements: those of its own `Policies`, or those of its role and of the policies attached to the
//! role.

use serde_json::Value;
use stack_base::account::role_arn;

use super::error::{ExpressionError, TemplateError};
use super::expressions::{creates, physical_name};
use super::model::{Effect, Statement};
use super::policy_templates;
use super::properties::Properties;
use super::scope::Scope;

/// The name of a function's role, and the role's statements.
///
/// # Errors
/// [`TemplateError::Property`], also when the role is not in the template, because its statements are then unknown.
pub(crate) fn of_function(
    scope: &Scope<'_>,
    function: &str,
    properties: &Properties<'_>,
) -> Result<(String, Vec<Statement>), TemplateError> {
    if let Some(arn) = properties.text("Role")? {
        return role(scope, &arn, properties);
    }
    let mut statements = of_policies(properties)?;
    statements.extend(policy_templates::of_events(properties)?);
    Ok((format!("{function}Role"), statements))
}

fn role(
    scope: &Scope<'_>,
    arn: &str,
    properties: &Properties<'_>,
) -> Result<(String, Vec<Statement>), TemplateError> {
    let failed = |problem: ExpressionError| properties.error("Role", problem.to_string());
    for (id, declaration) in roles(scope).map_err(failed)? {
        let name = physical_name(scope, id, declaration, 0).map_err(failed)?;
        if role_arn(&name) == arn {
            let mut statements = of_role(&Properties::from_declaration(scope, id, declaration))?;
            statements.extend(attached_to_role(scope, &name)?);
            return Ok((name, statements));
        }
    }
    Err(properties.error("Role", format!("{arn} is not a role of this template")))
}

/// The roles that the template creates.
///
/// # Errors
/// What is wrong with the condition of a role.
fn roles<'s>(scope: &Scope<'s>) -> Result<Vec<(&'s String, &'s Value)>, ExpressionError> {
    let mut roles = Vec::new();
    for (id, declaration) in scope.section("Resources").into_iter().flatten() {
        if Scope::type_of(declaration) == "AWS::IAM::Role" && creates(scope, declaration, 0)? {
            roles.push((id, declaration));
        }
    }
    Ok(roles)
}

/// The names of the roles that the template creates.
///
/// # Errors
/// What is wrong with the condition or the name of a role.
fn role_names(scope: &Scope<'_>) -> Result<Vec<String>, ExpressionError> {
    roles(scope)?.into_iter().map(|(id, declaration)| physical_name(scope, id, declaration, 0)).collect()
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
    let mut statements = Vec::new();
    for arn in role.texts("ManagedPolicyArns")? {
        statements.extend(managed(role, "ManagedPolicyArns", &arn)?);
    }
    for policy in role.objects("Policies")? {
        statements.extend(of_document(&policy.required_object("PolicyDocument")?)?);
    }
    Ok(statements)
}

/// The statements in SAM's `Policies`, a list of managed policies' names, policy documents and policy templates.
fn of_policies(properties: &Properties<'_>) -> Result<Vec<Statement>, TemplateError> {
    let mut statements = Vec::new();
    for (index, policy) in properties.list("Policies")?.into_iter().enumerate() {
        let place = format!("Policies[{index}]");
        match policy {
            Value::String(name) => statements.extend(managed(properties, &place, &name)?),
            Value::Object(map) if map.contains_key("Statement") => {
                statements.extend(of_document(&properties.with(map))?);
            }
            Value::Object(map) => statements.extend(policy_templates::statements(&properties.with(map))?),
            _ => return Err(properties.error(&place, "is neither the name of a policy nor a map")),
        }
    }
    Ok(statements)
}

fn managed(properties: &Properties<'_>, place: &str, name: &str) -> Result<Vec<Statement>, TemplateError> {
    let unknown = || format!("managed policy {name} is not supported locally; write its statements");
    policy_templates::managed(name).ok_or_else(|| properties.error(place, unknown()))
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

/// The property of a policy resource with the names of its roles; `None` for another type.
fn roles_property(kind: &str) -> Option<&'static str> {
    match kind {
        "AWS::IAM::Policy" => Some("Roles"),
        "AWS::IAM::RolePolicy" => Some("RoleName"),
        _ => None,
    }
}

/// Refuses a policy for a role that the template does not declare.
///
/// # Errors
/// [`TemplateError::Property`] when the policy is invalid or names such a role.
pub(crate) fn check_attached(
    scope: &Scope<'_>,
    kind: &str,
    policy: &Properties<'_>,
) -> Result<(), TemplateError> {
    let property = roles_property(kind).unwrap_or_default();
    policy.only(&["PolicyDocument", property], &["PolicyName"])?;
    let names = role_names(scope).map_err(|problem| policy.error(property, problem.to_string()))?;
    match policy.texts(property)?.into_iter().find(|role| !names.contains(role)) {
        Some(unknown) => Err(policy.error(property, format!("{unknown} is not a role of this template"))),
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
        let Some(property) = roles_property(Scope::type_of(declaration)) else { continue };
        let policy = Properties::from_declaration(scope, id, declaration);
        let is_there = creates(scope, declaration, 0)
            .map_err(|problem| policy.error("Condition", problem.to_string()))?;
        if is_there && policy.texts(property)?.iter().any(|name| name == role) {
            statements.extend(of_document(&policy.required_object("PolicyDocument")?)?);
        }
    }
    Ok(statements)
}
