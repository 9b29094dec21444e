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
        problem: String,
    },
    /// A parameter value is missing, unknown or not allowed.
    #[error("parameter {name}: {problem}")]
    Parameter {
        /// The parameter's name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Parameters that one of the template's rules does not allow together.
    #[error("rule {name}: {problem}")]
    Rule {
        /// The rule's name.
        name: String,
        /// What the rule says is wrong.
        problem: String,
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
