//! Reads `template.yaml` for the local stack.
//!
//! The template that SAM deploys is the only description of the system, so the local stack cannot drift from the
//! deployment. Intrinsic functions are evaluated for one fixed account. A section, resource type, attribute or property
//! that the stack does not know is an error and never ignored. Those that change nothing that a local caller sees
//! (alarms, log groups, permissions, …) are listed with the reason, and skipped.

mod authorizers;
mod constraints;
mod cors;
mod domains;
mod error;
mod events;
mod expressions;
mod filters;
mod functions;
mod input;
mod json_path;
mod kinds;
mod model;
mod names;
mod parameters;
mod pattern;
mod policies;
mod policy_templates;
mod project;
mod properties;
mod rules;
mod scope;
mod source;
mod storage;
mod targets;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use authorizers::ApiAuth;
use properties::Properties;
use scope::Scope;
use serde_json::Value;
use stack_base::account::{DEFAULT_BUS, event_bus_arn};

pub use authorizers::LOCAL_AUDIENCE;
pub use error::{DocumentError, ExpressionError, ParameterError, RuleError, TemplateError};
pub use filters::Filters;
pub use input::{InputContext, InputTemplate, TargetInput};
pub use json_path::JsonPath;
pub use model::{
    AsynchronousInvocation, AttributeType, Authorization, ChangeStream, Cors, Effect, EventSourceMapping,
    Function, HttpRoute, Index, JwtAuthorizer, KeySchema, Projection, Queue, Redrive, Schedule,
    StartingPosition, Statement, Stream, StreamView, Table, Template, TimePrecision,
};
pub use project::{project, project_of, template_of};
pub use rules::{EventPattern, EventRule};
pub use source::EventSource;
pub use targets::{EventReceiver, EventTarget};
pub use yaml::parse as parse_yaml;

impl Template {
    /// Reads a template file.
    ///
    /// `parameters` override the template's defaults. `endpoint` is the base URL of the local AWS endpoint, with which
    /// queue URLs start, and also of the development issuer. If an authorizer takes its issuer or audience from a
    /// parameter without a value, the parameter gets the development issuer's value. An empty default is no value.
    ///
    /// # Errors
    /// [`TemplateError`] with a message of one line that names the file, the parameter, or the resource and its
    /// property.
    pub fn read(
        path: &Path,
        parameters: &BTreeMap<String, String>,
        endpoint: &str,
    ) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TemplateError::Read { path: path.to_owned(), source })?;
        let syntax = |problem| TemplateError::Syntax { path: path.to_owned(), problem };
        let document = yaml::parse(&text).map_err(syntax)?;
        if !document.get("Resources").is_some_and(Value::is_object) {
            return Err(syntax(DocumentError::Resources));
        }
        Self::from_document(&document, parameters, endpoint)
    }

    /// Reads a template's document in the form that [`parse_yaml`] returns.
    ///
    /// # Errors
    /// The errors of [`Template::read`].
    pub fn from_document(
        document: &Value,
        parameters: &BTreeMap<String, String>,
        endpoint: &str,
    ) -> Result<Self, TemplateError> {
        let scope = checked_scope(document, parameters, endpoint)?;
        kinds::check_sections(document, &scope)?;
        let mut template = Self::default();
        let auth = ApiAuth::read(&scope)?;
        for (id, declaration) in scope.section("Resources").into_iter().flatten() {
            template.add(&scope, &auth, id, declaration)?;
        }
        let local =
            |name: &str| document.pointer("/Metadata/CargoLocal")?.get(name)?.as_str().map(str::to_owned);
        template.token_scope = local("TokenScope").unwrap_or_default();
        template.first_command = local("FirstCommand").unwrap_or_default();
        template.authorizers = auth.authorizers;
        template.cors = auth.cors;
        template.routes.sort();
        template.add_given_buses(&scope);
        check_references(&template)?;
        check_rule_references(&template)?;
        Ok(template)
    }

    fn add(
        &mut self,
        scope: &Scope<'_>,
        auth: &ApiAuth,
        id: &str,
        declaration: &Value,
    ) -> Result<(), TemplateError> {
        let properties = Properties::from_declaration(scope, id, declaration);
        let kind = Scope::type_of(declaration);
        if !expressions::creates(scope, declaration, 0)
            .map_err(|problem| properties.error("Condition", problem.to_string()))?
        {
            return Ok(());
        }
        kinds::check_attributes(&properties, declaration)?;
        let name = expressions::physical_name(scope, id, declaration, 0)
            .map_err(|problem| properties.error("Properties", problem.to_string()))?;
        match kind {
            "AWS::DynamoDB::Table" => self.tables.push(storage::table(name, &properties)?),
            "AWS::Kinesis::Stream" => self.streams.push(storage::stream(name, &properties)?),
            "AWS::SQS::Queue" => self.queues.push(storage::queue(name, &properties)?),
            "AWS::Serverless::Function" => {
                let properties =
                    functions::with_globals(scope, declaration.get("IgnoreGlobals"), &properties)?;
                let metadata = properties.beside("Metadata", declaration);
                self.add_events(auth, &name, &properties)?;
                self.functions.push(functions::function(scope, name, &metadata, &properties)?);
            }
            "AWS::Events::EventBus" => self.event_buses.push(rules::bus(name, &properties)?),
            "AWS::Events::Rule" => self.event_rules.extend(rules::rule(name, &properties)?),
            "AWS::Kinesis::StreamConsumer" => storage::check_consumer(&properties)?,
            "AWS::Lambda::EventSourceMapping" => self.add_mapping_resource(&properties)?,
            "AWS::IAM::ManagedPolicy" => policies::check_unattached(&properties)?,
            "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" => {
                policies::check_attached(scope, kind, &properties)?;
            }
            "AWS::ApiGatewayV2::DomainName" => domains::check(&properties)?,
            "AWS::ApiGatewayV2::ApiMapping" => self.domains.push(domains::mapped(&properties)?),
            // The API was read before the routes.
            "AWS::Serverless::HttpApi" => {}
            other => kinds::check_inert(other, &properties)?,
        }
        Ok(())
    }
}

impl Template {
    /// Adds the buses that exist outside of the template: a parameter gives the name or ARN, and a rule or the role of
    /// a function names the bus.
    fn add_given_buses(&mut self, scope: &Scope<'_>) {
        let prefix = event_bus_arn("");
        let in_rules = self.event_rules.iter().map(|rule| rule.bus.as_str());
        let statements = self.functions.iter().flat_map(|function| &function.statements);
        let granted = statements
            .flat_map(|statement| &statement.resources)
            .filter_map(|resource| resource.strip_prefix(&prefix));
        let is_given = |bus: &&str| {
            *bus != DEFAULT_BUS && self.event_buses.iter().all(|own| own != bus) && scope.gives(bus)
        };
        let given: BTreeSet<String> = in_rules.chain(granted).filter(is_given).map(str::to_owned).collect();
        self.event_buses.extend(given);
    }
}

/// The declarations of a template's document with these parameters, whose rules must hold.
fn checked_scope<'t>(
    document: &'t Value,
    parameters: &BTreeMap<String, String>,
    endpoint: &'t str,
) -> Result<Scope<'t>, TemplateError> {
    // Which issuer the authorizer trusts may depend on another parameter. Only the parameters of the chosen issuer get
    // local values.
    let possible = authorizers::local_values(document, endpoint, None);
    let values = parameters::parameter_values(document, parameters, &possible)?;
    let local = authorizers::local_values(document, endpoint, Some(&Scope::new(document, values, endpoint)));
    let values = parameters::parameter_values(document, parameters, &local)?;
    let scope = Scope::new(document, values, endpoint);
    parameters::check_rules(&scope)?;
    Ok(scope)
}

/// Evaluates the properties of every resource of the type `kind` that the template creates, by logical id.
///
/// The local stack skips resources without local behaviour, such as alarms. This function lets a check compare them with
/// the local stack, because it gives all resources the names that they have there.
///
/// # Errors
/// The errors of [`Template::from_document`].
pub fn resources_of_type(
    document: &Value,
    kind: &str,
    parameters: &BTreeMap<String, String>,
    endpoint: &str,
) -> Result<BTreeMap<String, Value>, TemplateError> {
    let scope = checked_scope(document, parameters, endpoint)?;
    let resources = scope.section("Resources").into_iter().flatten();
    let mut found = BTreeMap::new();
    for (id, declaration) in resources.filter(|(_, declaration)| Scope::type_of(declaration) == kind) {
        let properties = Properties::from_declaration(&scope, id, declaration);
        let failed = |problem: ExpressionError| properties.error("Properties", problem.to_string());
        if expressions::creates(&scope, declaration, 0).map_err(failed)? {
            let declared = declaration.get("Properties").unwrap_or(&Value::Null);
            let resolved = expressions::resolve(&scope, declared, 0).map_err(failed)?;
            found.insert(id.clone(), resolved.unwrap_or_default());
        }
    }
    Ok(found)
}

/// Refuses a change stream, a mapping or a queue of a queue or function that names a resource outside the template.
fn check_references(template: &Template) -> Result<(), TemplateError> {
    let has_stream = |name: &str| template.streams.iter().any(|stream| stream.name == name);
    let has_queue = |id: &str, property: &str, name: Option<&String>| match name {
        Some(name) if template.queues.iter().all(|queue| queue.name != *name) => {
            Err(missing(id, property, "queue", name))
        }
        _ => Ok(()),
    };
    for table in &template.tables {
        if let Some(change) = table.change_stream.as_ref().filter(|change| !has_stream(&change.stream)) {
            return Err(missing(&table.logical_id, "KinesisStreamSpecification", "stream", &change.stream));
        }
    }
    for mapping in &template.mappings {
        let (is_there, kind) = match &mapping.source {
            EventSource::Kinesis { stream, .. } => (has_stream(stream), "stream"),
            EventSource::DynamoDb { table } => {
                let has_stream = |known: &Table| known.name == *table && known.stream_view.is_some();
                (template.tables.iter().any(has_stream), "table with a StreamSpecification")
            }
            EventSource::Sqs { queue } => (template.queues.iter().any(|known| known.name == *queue), "queue"),
        };
        if !is_there {
            return Err(missing(&mapping.id, "EventSourceArn", kind, mapping.source.name()));
        }
        if !template.functions.iter().any(|function| function.name == mapping.function) {
            return Err(missing(&mapping.id, "FunctionName", "function", &mapping.function));
        }
        has_queue(&mapping.id, "DestinationConfig.OnFailure", mapping.on_failure_queue.as_ref())?;
    }
    for function in &template.functions {
        let (id, invocation) = (&function.logical_id, &function.asynchronous);
        let property = |side: &str| format!("EventInvokeConfig.DestinationConfig.{side}");
        has_queue(id, &property("OnFailure"), invocation.on_failure_queue.as_ref())?;
        has_queue(id, &property("OnSuccess"), invocation.on_success_queue.as_ref())?;
    }
    for queue in &template.queues {
        let dead_letters = queue.redrive.as_ref().map(|redrive| &redrive.dead_letter_queue);
        has_queue(&queue.logical_id, "RedrivePolicy.deadLetterTargetArn", dead_letters)?;
    }
    Ok(())
}

/// Refuses a rule whose bus does not exist, or with a queue or function that is not in the template.
///
/// # Errors
/// [`TemplateError::Property`] for the first such rule.
fn check_rule_references(template: &Template) -> Result<(), TemplateError> {
    let has_queue = |name: &str| template.queues.iter().any(|queue| queue.name == *name);
    for rule in &template.event_rules {
        if rule.bus != DEFAULT_BUS && !template.event_buses.contains(&rule.bus) {
            let problem = format!(
                "Event bus {} does not exist: it is neither in this template nor the value of a parameter",
                rule.bus
            );
            let (resource, property) = (rule.name.clone(), "EventBusName".to_owned());
            return Err(TemplateError::Property { resource, property, problem });
        }
        for target in &rule.targets {
            let name = target.receiver.name();
            let is_there = match &target.receiver {
                EventReceiver::Queue(name) => has_queue(name),
                EventReceiver::Function(name) => {
                    template.functions.iter().any(|function| function.name == *name)
                }
            };
            if !is_there {
                return Err(missing(&rule.name, "Targets", target.receiver.kind(), name));
            }
            if let Some(queue) = target.dead_letter_queue.as_ref().filter(|queue| !has_queue(queue)) {
                return Err(missing(&rule.name, "DeadLetterConfig", "queue", queue));
            }
        }
    }
    Ok(())
}

fn missing(resource: &str, property: &str, kind: &str, name: &str) -> TemplateError {
    TemplateError::Property {
        resource: resource.to_owned(),
        property: property.to_owned(),
        problem: format!("{kind} {name} is not in this template"),
    }
}

#[cfg(test)]
mod tests;
