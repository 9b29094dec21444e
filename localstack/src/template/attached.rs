//! `AWS::IAM::Policy`: statements that a template attaches to several roles at once.

use super::error::TemplateError;
use super::model::Statement;
use super::policies::{of_document, role_names};
use super::properties::Properties;
use super::scope::Scope;

/// Refuses a policy that attaches anything to somebody who is not a role of the template.
///
/// # Errors
/// [`TemplateError::Property`].
pub(crate) fn check(scope: &Scope<'_>, policy: &Properties<'_>) -> Result<(), TemplateError> {
    policy.only(&["PolicyDocument", "Roles"], &["PolicyName"])?;
    let names = role_names(scope).map_err(|problem| policy.error("Roles", problem))?;
    match policy.texts("Roles")?.into_iter().find(|role| !names.contains(role)) {
        Some(unknown) => Err(policy.error("Roles", format!("{unknown} is not a role of this template"))),
        None => Ok(()),
    }
}

/// Every statement that the template's policies attach to a role.
///
/// # Errors
/// [`TemplateError::Property`].
pub(crate) fn to_role(scope: &Scope<'_>, role: &str) -> Result<Vec<Statement>, TemplateError> {
    let mut statements = Vec::new();
    for (id, declaration) in scope.section("Resources").into_iter().flatten() {
        let policy = Properties::of(scope, id, declaration);
        let is_there = scope.creates(declaration).map_err(|problem| policy.error("Condition", problem))?;
        if Scope::type_of(declaration) == "AWS::IAM::Policy"
            && is_there
            && policy.texts("Roles")?.iter().any(|name| name == role)
        {
            statements.extend(of_document(&policy.required_object("PolicyDocument")?)?);
        }
    }
    Ok(statements)
}
