//! Why a sample is not made: the option, what is wrong with it, and the cure.

use std::path::PathBuf;

/// A sample that is not made. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The template has no such function.
    #[error(
        "the template has no function {name}; it has {known}. A function under a condition of the template needs the --param that creates it"
    )]
    Function {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// An option of another kind of function.
    #[error("--{option} does not fit {function}, {kind}: use {instead}")]
    Misfit {
        /// The option, without its dashes.
        option: &'static str,
        /// The function.
        function: String,
        /// What the function is.
        kind: &'static str,
        /// The options that fit.
        instead: &'static str,
    },
    /// The function has several routes, or not the one that was given.
    #[error("--route: {function} has the routes {known}; give one of them, such as --route \"{first}\"")]
    Route {
        /// The function.
        function: String,
        /// The routes that it has.
        known: String,
        /// One of them.
        first: String,
    },
    /// The route has a parameter that was not given.
    #[error("--path {name}=…: the route {route} has the parameter {name}; give its value")]
    PathMissing {
        /// The parameter.
        name: String,
        /// The route.
        route: String,
    },
    /// The route has no such parameter.
    #[error("--path {name}=…: the route {route} has no parameter {name}; it has {known}")]
    PathUnknown {
        /// The parameter.
        name: String,
        /// The route.
        route: String,
        /// The parameters that it has.
        known: String,
    },
    /// The value of a path parameter would lead to another route.
    #[error(
        "--path {name}=…: the value is empty or has a slash, so the path would be another route's; give a plain value"
    )]
    PathValue {
        /// The parameter.
        name: String,
    },
    /// A header's name that HTTP does not allow.
    #[error("--header {name}=…: no HTTP header has this name; use letters, digits and hyphens")]
    Header {
        /// The name.
        name: String,
    },
    /// The body is no JSON.
    #[error("--body is no JSON ({problem}); quote it for the shell: --body '{{\"key\":\"value\"}}'")]
    Body {
        /// What the parser said.
        problem: serde_json::Error,
    },
    /// No commit for a projection.
    #[error(
        "--commit is missing: {function} follows the change stream; give one or more, such as --commit '{example}'"
    )]
    CommitMissing {
        /// The function.
        function: String,
        /// A commit.
        example: &'static str,
    },
    /// A commit that is none.
    #[error("--commit number {number}: {problem}; a commit is like '{example}'")]
    Commit {
        /// Which of them, from 1 on.
        number: usize,
        /// What is wrong.
        problem: String,
        /// A commit.
        example: &'static str,
    },
    /// A name that would lead to another folder, or that is none.
    #[error("--name {name:?} is no file name; use letters, digits and hyphens, such as --name if-match")]
    Name {
        /// The name.
        name: String,
    },
    /// There is such a sample.
    #[error("{path} exists; give --force to overwrite it, or --name for another file")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file system refuses.
    #[error("{path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// The event cannot be written as JSON.
    #[error("the event cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}
