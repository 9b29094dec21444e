//! Errors of starting the Lambda runtime and of calling a function.

use std::io;

/// Why the Lambda runtime cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LambdaError {
    /// A field of a [`FunctionSpec`](super::FunctionSpec) has an invalid value.
    #[error("function `{function}`: {field} {problem}")]
    InvalidFunction {
        /// Name of the function, as specified.
        function: String,
        /// The invalid field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Two functions have the same name, or names with the same access key.
    #[error("functions `{first}` and `{second}` have the same access key {access_key}; rename one")]
    Indistinguishable {
        /// Name of the earlier function.
        first: String,
        /// Name of the later function.
        second: String,
        /// The access key that both would sign with.
        access_key: String,
    },
    /// The guard, which kills the instances of a killed runner, cannot start.
    #[error("cannot start `sh` as the guard of the function processes")]
    Guard(#[source] io::Error),
}

/// Why a call did not reach a function. A function that ran and failed is not such an error: it is an
/// [`Invocation`](super::Invocation) with `function_error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// No function has this name.
    #[error("there is no function `{0}`")]
    FunctionNotFound(String),
    /// The maximum number of instances is busy.
    #[error("all {limit} instances of `{function}` are busy")]
    TooManyRequests {
        /// Name of the function.
        function: String,
        /// Maximum number of instances.
        limit: usize,
    },
    /// The payload exceeds Lambda's limit.
    #[error("the payload has {size} bytes; the limit is {limit}")]
    RequestTooLarge {
        /// Size of the payload in bytes.
        size: usize,
        /// Maximum size in bytes.
        limit: usize,
    },
    /// The payload is not JSON.
    #[error("the payload is not JSON: {0}")]
    InvalidPayload(String),
    /// A function outside this process is unreachable or refuses the call.
    #[error("the function cannot be reached: {0}")]
    Unreachable(String),
    /// The runtime is shutting down.
    #[error("the Lambda runtime is shutting down")]
    ShuttingDown,
}
