//! The errors of `cargo local sample`. Each message names the option, the problem and the solution.

use std::path::PathBuf;

/// The reason why no sample was made. No file was written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The template has no such function.
    #[error(
        "the template has no function {name}; it has {known}. If the function has a condition in the template, add the --param that creates the function"
    )]
    Function {
        /// The requested name.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// The option belongs to another kind of function.
    #[error("--{option} is not an option for {function}, which is {kind}: use {instead}")]
    WrongOption {
        /// The option, without its dashes.
        option: &'static str,
        /// The function.
        function: String,
        /// The kind of the function.
        kind: &'static str,
        /// The options that fit.
        instead: &'static str,
    },
    /// The function has several routes and none was given, or it does not have the given route.
    #[error("--route: {function} has the routes {known}; give one of them, for example --route \"{first}\"")]
    Route {
        /// The function.
        function: String,
        /// The routes of the function.
        known: String,
        /// The first of these routes.
        first: String,
    },
    /// No value was given for a parameter of the route.
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
        /// The parameters of the route.
        known: String,
    },
    /// The path with this value would match another route.
    #[error(
        "--path {name}=…: the value is empty or contains a slash, so the path would match another route; give a plain value"
    )]
    PathValue {
        /// The parameter.
        name: String,
    },
    /// HTTP does not allow the name of the header.
    #[error("--header {name}=…: this is not a valid header name; use letters, digits and hyphens")]
    Header {
        /// The name.
        name: String,
    },
    /// The body is not JSON.
    #[error("--body is not JSON ({problem}); quote it for the shell: --body '{{\"key\":\"value\"}}'")]
    Body {
        /// The error of the parser.
        problem: serde_json::Error,
    },
    /// No commit was given for a projection.
    #[error(
        "--commit is missing: {function} reads the change stream; give one or more commits, for example --commit '{example}'"
    )]
    CommitMissing {
        /// The function.
        function: String,
        /// A valid commit.
        example: &'static str,
    },
    /// The commit is not valid.
    #[error("--commit number {number}: {problem}; write it like '{example}'")]
    Commit {
        /// The position of the commit on the command line, counted from 1.
        number: usize,
        /// The problem.
        problem: String,
        /// A valid commit.
        example: &'static str,
    },
    /// The name of the sample is empty, or has characters that are not allowed in the file's name.
    #[error(
        "--name {name:?} is not a valid file name; use letters, digits and hyphens, for example --name if-match"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// The sample exists.
    #[error("{path} exists; give --force to overwrite it, or --name for another file")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file or the folder cannot be written.
    #[error("{path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// The event cannot be written as JSON.
    #[error("the event cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}
