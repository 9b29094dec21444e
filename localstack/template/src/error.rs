//! Why a template cannot be run locally, each in one line that names the place.

use std::path::PathBuf;

/// A template that cannot be read, or says something the local stack does not do.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("{path}: cannot be read: {source}")]
    Read {
        /// The template file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// The file is not YAML, or not the shape of a template.
    #[error("{path}: {problem}")]
    Syntax {
        /// The template file.
        path: PathBuf,
        /// What is wrong, with line and column when the parser knows them.
        problem: DocumentError,
    },
    /// A parameter value is missing, unknown or not allowed.
    #[error("parameter {name}: {problem}")]
    Parameter {
        /// The parameter's name.
        name: String,
        /// What is wrong with it.
        problem: ParameterError,
    },
    /// Parameters that one of the template's rules does not allow together.
    #[error("rule {name}: {problem}")]
    Rule {
        /// The rule's name.
        name: String,
        /// What the rule says is wrong.
        problem: RuleError,
    },
    /// A property is missing, malformed, or asks for something the local stack does not do.
    #[error("resource {resource}, property {property}: {problem}")]
    Property {
        /// Logical id of the resource.
        resource: String,
        /// Path of the property inside it, such as `Events.Http.Properties.Path`.
        property: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// A text that is not a template's document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The text is not YAML; the parser's message has line and column.
    #[error("{0}")]
    Yaml(String),
    /// The text holds no document, or several.
    #[error("holds not exactly one YAML document")]
    Documents,
    /// A node is an alias or has a tag of YAML's own that does not fit it.
    #[error("holds a YAML alias or a value that does not fit its tag")]
    Alias,
    /// A key of a mapping is neither text nor number nor boolean.
    #[error("holds a mapping key that is not text")]
    Key,
    /// A tag is unknown.
    #[error("!{0} is not an intrinsic function")]
    Tag(String),
    /// The document has no map of resources.
    #[error("has no Resources")]
    Resources,
}

/// A parameter's value that the template does not allow.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// The template declares no parameter of this name.
    #[error("the template has no such parameter; it has {}", .0.join(", "))]
    Unknown(Vec<String>),
    /// The parameter was not given, and has no default.
    #[error("has no default; give it with --param")]
    Absent,
    /// The declared type is not one that the stack reads.
    #[error("type {0} is not known locally")]
    Type(String),
    /// The value is not among `AllowedValues`.
    #[error("{value} is not allowed; one of {}", allowed.join(", "))]
    NotAllowed {
        /// The value.
        value: String,
        /// The values that are.
        allowed: Vec<String>,
    },
    /// The text has fewer characters than `MinLength`.
    #[error("{0:?} is shorter than its MinLength")]
    Short(String),
    /// The text has more characters than `MaxLength`.
    #[error("{0:?} is longer than its MaxLength")]
    Long(String),
    /// The value of a number parameter is no number.
    #[error("{0:?} is not a number")]
    NotNumber(String),
    /// The number is below `MinValue`.
    #[error("{0} is less than its MinValue of {1}")]
    Small(String, f64),
    /// The number is above `MaxValue`.
    #[error("{0} is more than its MaxValue of {1}")]
    Large(String, f64),
}

/// A rule that the parameters break, or that is malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// An assertion does not hold; its description says what must be.
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
    /// The nesting is deeper than any template written by hand.
    #[error("refers to itself, or is nested too deeply")]
    TooDeep,
    /// The function needs a deployed account.
    #[error("{0} is not supported locally")]
    Unsupported(String),
    /// The function's argument has another form.
    #[error("{function} takes {wanted}")]
    Takes {
        /// The function.
        function: String,
        /// What its argument must be.
        wanted: &'static str,
    },
    /// `Fn::GetAtt` names a resource only.
    #[error("Fn::GetAtt {0} names no attribute")]
    NoAttribute(String),
    /// A text of `Fn::Sub` has a `${` that is not closed.
    #[error("{0:?} lacks a }}")]
    Unclosed(String),
    /// The value is a list, a map or absent where a text is needed.
    #[error("{0} is not text")]
    NotText(String),
    /// `Fn::Select` asks for an item behind the list's end.
    #[error("Fn::Select asks for item {index} of {count}")]
    NoItem {
        /// The item, counted from 0.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// `Ref` or `${…}` names nothing that the template declares.
    #[error("{0} is neither a parameter nor a resource of this template")]
    UnknownName(String),
    /// `Fn::GetAtt` names a resource that the template does not declare.
    #[error("{0} is not a resource of this template")]
    UnknownResource(String),
    /// The attribute is not known of this type of resource.
    #[error("{attribute} of {resource} ({kind}) has no value locally")]
    NoLocalValue {
        /// The attribute.
        attribute: String,
        /// Logical id of the resource.
        resource: String,
        /// Type of the resource.
        kind: String,
    },
    /// The template declares no condition of this name.
    #[error("{0} is not a condition of this template")]
    UnknownCondition(String),
    /// A named condition cannot be evaluated.
    #[error("condition {name}: {error}")]
    Condition {
        /// The condition.
        name: String,
        /// What is wrong with it.
        error: Box<ExpressionError>,
    },
    /// A condition is not a map with one function.
    #[error("is not a condition function")]
    NotCondition,
    /// A condition calls something that is not true or false.
    #[error("{0} is not a condition function")]
    NotConditionFunction(String),
    /// `Fn::And` or `Fn::Or` has fewer than two conditions.
    #[error("takes two conditions or more")]
    FewConditions,
}
