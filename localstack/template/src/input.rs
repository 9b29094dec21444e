//! The input of a rule's target: what the target gets in place of the event (`EventBridge` API reference, `Target` and
//! `InputTransformer`; user guide, "Amazon `EventBridge` input transformation").

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::TemplateError;
use super::json_path::JsonPath;
use super::properties::Properties;

/// Maximum length of a template in characters (`EventBridge` API reference, `InputTransformer`).
const MAXIMUM_TEMPLATE: usize = 8192;
/// Maximum number of variables of a template (`EventBridge` API reference, `InputTransformer`).
const MAXIMUM_VARIABLES: usize = 100;
/// The properties of which a target may have one.
pub(crate) const INPUTS: [&str; 3] = ["Input", "InputPath", "InputTransformer"];

/// What a target gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetInput {
    /// The event as it is.
    Event,
    /// This JSON, whatever the event is: `Input`.
    Constant(String),
    /// The value at a path of the event, or null: `InputPath`.
    Part(JsonPath),
    /// A template with values of the event: `InputTransformer`.
    Template(InputTemplate),
}

/// `InputTemplate` with the variables of `InputPathsMap`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputTemplate(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A variable, and whether it stands inside of a JSON text.
    Variable(Variable, bool),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Variable {
    Path(JsonPath),
    RuleArn,
    RuleName,
    IngestionTime,
    /// The event without its detail.
    Event,
    EventJson,
}

/// The values of a template's predefined variables.
#[derive(Debug, Clone, Copy)]
pub struct InputContext<'c> {
    /// ARN of the rule.
    pub rule_arn: &'c str,
    /// Name of the rule.
    pub rule_name: &'c str,
    /// Time at which the bus accepted the event, such as `2026-01-31T12:00:00Z`.
    pub ingestion_time: &'c str,
}

impl TargetInput {
    /// Reads the input of a target.
    ///
    /// # Errors
    /// [`TemplateError::Property`] when the input is not valid, or is not supported locally.
    pub(crate) fn read(target: &Properties<'_>) -> Result<Self, TemplateError> {
        let given: Vec<&str> = INPUTS.into_iter().filter(|property| target.has(property)).collect();
        if let [_, second, ..] = given.as_slice() {
            return Err(target.error(second, format!("is not allowed beside {}", given[0])));
        }
        if let Some(constant) = target.text("Input")? {
            return match serde_json::from_str::<Value>(&constant) {
                Ok(_) => Ok(Self::Constant(constant)),
                Err(error) => Err(target.error("Input", format!("is not JSON: {error}"))),
            };
        }
        if let Some(path) = target.text("InputPath")? {
            return JsonPath::parse(&path)
                .map(Self::Part)
                .map_err(|problem| target.error("InputPath", problem));
        }
        match target.object("InputTransformer")? {
            Some(transformer) => InputTemplate::read(&transformer).map(Self::Template),
            None => Ok(Self::Event),
        }
    }

    /// The text that the target gets for an event.
    #[must_use]
    pub fn payload(&self, event: &Value, context: InputContext<'_>) -> String {
        match self {
            Self::Event => event.to_string(),
            Self::Constant(constant) => constant.clone(),
            Self::Part(path) => path.find(event).unwrap_or(&Value::Null).to_string(),
            Self::Template(template) => template.fill(event, context),
        }
    }
}

impl InputTemplate {
    fn read(transformer: &Properties<'_>) -> Result<Self, TemplateError> {
        transformer.only(&["InputPathsMap", "InputTemplate"], &[])?;
        let mut variables = BTreeMap::new();
        if let Some(paths) = transformer.object("InputPathsMap")? {
            if paths.names().count() > MAXIMUM_VARIABLES {
                let problem = format!("has more than {MAXIMUM_VARIABLES} variables");
                return Err(transformer.error("InputPathsMap", problem));
            }
            for name in paths.names() {
                let path = JsonPath::parse(&paths.required_text(name)?);
                variables.insert(name.to_owned(), path.map_err(|problem| paths.error(name, problem))?);
            }
        }
        let text = transformer.required_text("InputTemplate")?;
        if text.chars().count() > MAXIMUM_TEMPLATE {
            let problem = format!("is longer than {MAXIMUM_TEMPLATE} characters");
            return Err(transformer.error("InputTemplate", problem));
        }
        let template = Self::parse(&text, &variables);
        let example = template
            .fill(&json!({"detail": {}}), InputContext { rule_arn: "", rule_name: "", ingestion_time: "" });
        if is_json_or_lines(&example) {
            return Ok(template);
        }
        Err(transformer.error("InputTemplate", "is neither JSON nor lines of JSON texts in quotes"))
    }

    /// Splits a template at its variables. A name in angle brackets that is no variable is a part of the text.
    fn parse(text: &str, variables: &BTreeMap<String, JsonPath>) -> Self {
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        let (mut is_quoted, mut is_escaped) = (false, false);
        while let Some(character) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
            if let Some((variable, after)) =
                named.and_then(|(name, after)| Some((variable(name, variables)?, after)))
            {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Variable(variable, is_quoted));
                rest = after;
                continue;
            }
            is_quoted ^= character == '"' && !is_escaped;
            is_escaped = character == '\\' && !is_escaped;
            plain.push(character);
            rest = &rest[character.len_utf8()..];
        }
        pieces.push(Piece::Text(plain));
        Self(pieces)
    }

    fn fill(&self, event: &Value, context: InputContext<'_>) -> String {
        let fill = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable(variable, is_quoted) => inserted(&variable.value(event, context), *is_quoted),
        };
        self.0.iter().map(fill).collect()
    }
}

impl Variable {
    /// The value of the variable. A path that finds nothing gives an empty text.
    fn value(&self, event: &Value, context: InputContext<'_>) -> Value {
        match self {
            Self::Path(path) => path.find(event).cloned().unwrap_or_else(|| json!("")),
            Self::RuleArn => json!(context.rule_arn),
            Self::RuleName => json!(context.rule_name),
            Self::IngestionTime => json!(context.ingestion_time),
            Self::EventJson => event.clone(),
            Self::Event => {
                let mut event = event.clone();
                if let Some(members) = event.as_object_mut() {
                    members.remove("detail");
                }
                event
            }
        }
    }
}

/// The variable with this name (user guide, "Predefined variables").
fn variable(name: &str, variables: &BTreeMap<String, JsonPath>) -> Option<Variable> {
    match name {
        "aws.events.rule-arn" => Some(Variable::RuleArn),
        "aws.events.rule-name" => Some(Variable::RuleName),
        "aws.events.event.ingestion-time" => Some(Variable::IngestionTime),
        "aws.events.event" => Some(Variable::Event),
        "aws.events.event.json" => Some(Variable::EventJson),
        name => variables.get(name).cloned().map(Variable::Path),
    }
}

/// A value as JSON, or as a part of the JSON text around it. There, JSON loses its quotes.
fn inserted(value: &Value, is_quoted: bool) -> String {
    let text = value.to_string();
    match value {
        _ if !is_quoted => text,
        Value::String(_) => text[1..text.len() - 1].to_owned(),
        _ => text.replace('"', ""),
    }
}

fn is_json_or_lines(text: &str) -> bool {
    let is_text = |line: &str| matches!(serde_json::from_str(line), Ok(Value::String(_)));
    serde_json::from_str::<Value>(text).is_ok() || text.lines().all(is_text)
}
