//! What a template may contain besides the resources that the stack runs. Everything else is refused by name.

use serde_json::{Value, json};

use super::error::TemplateError;
use super::properties::Properties;
use super::scope::Scope;

/// Resource types without an effect that a local caller could see. A type that is neither here nor run by the stack is
/// refused.
const INERT: &[&str] = &[
    // They observe the functions. Nothing here raises an alarm, and the endpoint refuses to publish to a topic.
    "AWS::ApplicationSignals::ServiceLevelObjective",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::AnomalyDetector",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::SNS::Topic",
    "AWS::XRay::Group",
    "AWS::XRay::SamplingRule",
    // All callers belong to one account, in which the policies of a function's role decide. Data is not encrypted.
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Lambda::Permission",
    "AWS::Logs::ResourcePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    // The development issuer replaces a user pool, and the stack listens on loopback without TLS.
    "AWS::CertificateManager::Certificate",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolGroup",
    "AWS::Cognito::UserPoolResourceServer",
    "AWS::Route53::RecordSet",
    // The stack runs the binaries that cargo built, without layers and without a deployment.
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::LayerVersionPermission",
    "AWS::Serverless::LayerVersion",
    // Local tables have no provisioned throughput, no backups and no price.
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Backup::BackupPlan",
    "AWS::Backup::BackupSelection",
    "AWS::Backup::BackupVault",
    "AWS::Budgets::Budget",
];

/// Sections of a template (`CloudFormation` user guide, "Template sections"; SAM specification, "Template anatomy").
const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// Attributes of a resource (`CloudFormation` user guide, "Resource attribute reference"). `DependsOn`, `DeletionPolicy`
/// and the others that are not read affect a deployment only: here every resource exists before the first request.
const ATTRIBUTES: &[&str] = &[
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "IgnoreGlobals",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// Members of the metadata `CargoLocal`, with which a template sets the defaults of its local stack.
const LOCAL: &[&str] = &["FirstCommand", "Parameters", "TokenScope"];

/// The only macro that the stack applies.
const SAM: &str = "AWS::Serverless-2016-10-31";

/// Refuses sections, transforms and defaults for all resources that the stack does not apply.
///
/// # Errors
/// [`TemplateError::Section`], or [`TemplateError::Property`] for a member of `Globals`.
pub(crate) fn check_sections(document: &Value, scope: &Scope<'_>) -> Result<(), TemplateError> {
    let refused =
        |section: &str, problem: String| TemplateError::Section { section: section.to_owned(), problem };
    if let Some(unknown) = document
        .as_object()
        .and_then(|sections| sections.keys().find(|name| !SECTIONS.contains(&name.as_str())))
    {
        return Err(refused(unknown, "is not a section of a template".to_owned()));
    }
    let transforms = match document.get("Transform") {
        Some(Value::Array(several)) => several.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    if let Some(other) = transforms.iter().find(|transform| transform.as_str() != Some(SAM)) {
        return Err(refused("Transform", format!("{other} is not supported locally; only {SAM} is")));
    }
    if let Some(local) = document.pointer("/Metadata/CargoLocal").and_then(Value::as_object)
        && let Some(unknown) = local.keys().find(|name| !LOCAL.contains(&name.as_str()))
    {
        let problem = format!("CargoLocal.{unknown} is unknown; it may have {}", LOCAL.join(", "));
        return Err(refused("Metadata", problem));
    }
    let globals = document.get("Globals").cloned().unwrap_or_else(|| json!({}));
    let globals = Properties::from_declaration(scope, "Globals", &json!({ "Properties": globals }));
    globals.only(&["Function"], &["LayerVersion"])
}

/// Refuses an unknown attribute beside a resource's properties, such as SAM's `Connectors`.
///
/// # Errors
/// [`TemplateError::Property`] that names the attribute.
pub(crate) fn check_attributes(
    properties: &Properties<'_>,
    declaration: &Value,
) -> Result<(), TemplateError> {
    let mut names = declaration.as_object().into_iter().flat_map(|attributes| attributes.keys());
    match names.find(|name| !ATTRIBUTES.contains(&name.as_str())) {
        Some(unknown) => Err(properties.error(unknown, "is not supported locally")),
        None => Ok(()),
    }
}

/// Checks a resource that the stack does not run.
///
/// # Errors
/// [`TemplateError::Property`] if the resource would have an effect.
pub(crate) fn check_inert(kind: &str, properties: &Properties<'_>) -> Result<(), TemplateError> {
    match kind {
        // The functions of this property would run while a user signs in.
        "AWS::Cognito::UserPool" if properties.has("LambdaConfig") => {
            Err(properties.error("LambdaConfig", "is not supported locally"))
        }
        "AWS::Cognito::UserPool" => Ok(()),
        // A person receives the other protocols. Nothing is published to a topic here.
        "AWS::SNS::Subscription" => match properties.text("Protocol")?.as_deref() {
            Some(machine @ ("application" | "firehose" | "lambda" | "sqs")) => {
                Err(properties.error("Protocol", format!("{machine} is not supported locally")))
            }
            _ => Ok(()),
        },
        _ if INERT.contains(&kind) => Ok(()),
        "" => Err(properties.error("Type", "is missing")),
        unknown => Err(properties.error("Type", format!("{unknown} is not supported locally"))),
    }
}
