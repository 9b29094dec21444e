//! Why a template cannot run locally. Each message has one line that names the place.

use std::path::PathBuf;

/// A template that is invalid or requires something that the local stack does not support.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("{path}: cannot be read: {source}")]
    Read {
        /// The template file.
        path: PathBuf,
        /// The file system's error.
        source: std::io::Error,
    },
    /// The file is not YAML, or does not have a template's structure.
    #[error("{path}: {problem}")]
    Syntax {
        /// The template file.
        path: PathBuf,
        /// What is wrong, with line and column if the parser knows them.
        problem: DocumentError,
    },
    /// A parameter value is missing, unknown or not allowed.
    #[error("{}", problem.message(name))]
    Parameter {
        /// The parameter's name.
        name: String,
        /// What is wrong with it.
        problem: ParameterError,
    },
    /// One of the template's rules forbids the given parameters.
    #[error("rule {name}: {problem}")]
    Rule {
        /// The rule's name.
        name: String,
        /// What the rule requires.
        problem: RuleError,
    },
    /// A section of the template is unknown or not supported by the local stack.
    #[error("section {section}: {problem}")]
    Section {
        /// The section's name.
        section: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A property is missing, malformed or not supported by the local stack.
    #[error("resource {resource}, property {property}: {problem}")]
    Property {
        /// Logical id of the resource.
        resource: String,
        /// Path of the property within the resource, such as `Events.Http.Properties.Path`.
        property: String,
        /// What is wrong with the property.
        problem: String,
    },
}

/// Why a text is not a template document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The text is not YAML. The parser's message has line and column.
    #[error("{0}")]
    Yaml(String),
    /// The text contains no document or several.
    #[error("must contain exactly one YAML document")]
    Documents,
    /// A node is an alias, or has a YAML tag that does not fit its value.
    #[error("contains a YAML alias or a value that does not fit its tag")]
    Alias,
    /// A key of a mapping is not text, a number or a boolean.
    #[error("contains a mapping key that is not text")]
    Key,
    /// The tag of a node is unknown.
    #[error("!{0} is not an intrinsic function")]
    Tag(String),
    /// The document has no `Resources` map.
    #[error("has no Resources")]
    Resources,
}

/// Why a parameter's value is refused. No message has the value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterError {
    /// The template declares no parameter with this name. It has these.
    Unknown(Vec<String>),
    /// The parameter has no given value and no default.
    Absent,
    /// The stack does not support the declared type.
    Type(String),
    /// The stack does not support this `AllowedPattern`.
    Pattern(String),
    /// The value is none of `AllowedValues`.
    NotAllowed(Vec<String>),
    /// The value does not match `AllowedPattern`.
    NoMatch(String),
    /// The text has fewer characters than `MinLength`.
    Short(String),
    /// The text has more characters than `MaxLength`.
    Long(String),
    /// The value of a number parameter is not a number.
    NotNumber,
    /// The number is below `MinValue`.
    Small(String),
    /// The number is above `MaxValue`.
    Large(String),
    /// The value breaks a constraint, and the parameter describes its constraints.
    Described(String),
}

impl ParameterError {
    /// The message about the parameter `name`, in `CloudFormation`'s words.
    pub(crate) fn message(&self, name: &str) -> String {
        let problem = match self {
            Self::Unknown(known) => {
                return format!(
                    "Parameters: [{name}] do not exist in the template; it has {}",
                    known.join(", ")
                );
            }
            Self::Absent => {
                return format!("Parameters: [{name}] must have values; set them with --param {name}=VALUE");
            }
            Self::Described(description) => {
                return format!("Parameter {name} failed to satisfy constraint: {description}");
            }
            Self::Type(kind) => format!("has the type {kind}, which is not supported locally"),
            Self::Pattern(pattern) => {
                format!("has an AllowedPattern that is not supported locally: {pattern}")
            }
            Self::NotAllowed(allowed) => format!("must be one of AllowedValues: {}", allowed.join(", ")),
            Self::NoMatch(pattern) => format!("must match pattern {pattern}"),
            Self::Short(least) => format!("must contain at least {least} characters"),
            Self::Long(most) => format!("must contain at most {most} characters"),
            Self::NotNumber => "must be a number".to_owned(),
            Self::Small(least) => format!("must be a number not less than {least}"),
            Self::Large(most) => format!("must be a number not greater than {most}"),
        };
        format!("Parameter '{name}' {problem}")
    }
}

/// A rule that the parameters violate, or that is malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// An assertion is false. The text is the assertion's description.
    #[error("{0}")]
    Broken(String),
    /// The rule has no list of assertions.
    #[error("has no Assertions")]
    NoAssertions,
    /// An assertion has no condition.
    #[error("an assertion has no Assert")]
    NoAssert,
    /// A condition of the rule cannot be evaluated.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
}

/// An intrinsic function or condition that cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// The expression is nested more deeply than any handwritten template.
    #[error("refers to itself, or is nested too deeply")]
    TooDeep,
    /// The function needs a deployed account, or is unknown.
    #[error("{0} is not supported locally")]
    Unsupported(String),
    /// The function's argument has the wrong form.
    #[error("{function} takes {wanted}")]
    Takes {
        /// Name of the function.
        function: String,
        /// The required form of the argument.
        wanted: &'static str,
    },
    /// `Fn::GetAtt` names a resource without an attribute.
    #[error("Fn::GetAtt {0} names no attribute")]
    NoAttribute(String),
    /// A text of `Fn::Sub` has a `${` without a closing brace.
    #[error("{0:?} lacks a }}")]
    Unclosed(String),
    /// The value is a list, a map or absent, but must be text.
    #[error("{0} is not text")]
    NotText(String),
    /// `Fn::Select` has an index beyond the end of the list.
    #[error("Fn::Select has index {index}, but the list has {count} items")]
    NoItem {
        /// The index, counted from 0.
        index: usize,
        /// Number of items.
        count: usize,
    },
    /// `Fn::FindInMap` names a value that the template's `Mappings` do not have.
    #[error("Fn::FindInMap finds no value {0} in Mappings")]
    NoMapping(String),
    /// `Ref` or `${…}` has a name that the template does not declare.
    #[error("{0} is neither a parameter nor a resource of this template")]
    UnknownName(String),
    /// `Fn::GetAtt` names a resource that the template does not declare.
    #[error("{0} is not a resource of this template")]
    UnknownResource(String),
    /// `Ref`, `${…}` or `Fn::GetAtt` names a resource whose condition is false.
    #[error("{0} does not exist with these parameters, because its Condition is false")]
    NotCreated(String),
    /// This attribute has no local value for this type of resource.
    #[error("{attribute} of {resource} ({kind}) has no value locally")]
    NoLocalValue {
        /// Name of the attribute.
        attribute: String,
        /// Logical id of the resource.
        resource: String,
        /// Type of the resource.
        kind: String,
    },
    /// The template declares no condition with this name.
    #[error("{0} is not a condition of this template")]
    UnknownCondition(String),
    /// The expression of a named condition is invalid.
    #[error("condition {name}: {error}")]
    Condition {
        /// Name of the condition.
        name: String,
        /// What is wrong with its expression.
        error: Box<ExpressionError>,
    },
    /// A condition is not a map with exactly one function.
    #[error("is not a condition function")]
    NotCondition,
    /// A condition calls a function that does not return true or false.
    #[error("{0} is not a condition function")]
    NotConditionFunction(String),
    /// `Fn::And` or `Fn::Or` has fewer than two conditions.
    #[error("takes two conditions or more")]
    FewConditions,
}
