//! What can go wrong: starting the Lambda runtime, and calling a function.

use std::io;

/// The Lambda runtime could not start.
#[derive(Debug, thiserror::Error)]
pub enum LambdaError {
    /// A field of a [`FunctionSpec`](super::FunctionSpec) has a value that cannot be run.
    #[error("function `{function}`: {field} {problem}")]
    InvalidFunction {
        /// Name of the function, as given.
        function: String,
        /// The field that is wrong.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Two functions have one name, or names that lead to one access key.
    #[error("functions `{first}` and `{second}` cannot be told apart by their access key {access_key}")]
    Indistinguishable {
        /// The function given first.
        first: String,
        /// The function given later.
        second: String,
        /// The access key both would sign with.
        access_key: String,
    },
    /// The guard that ends the instances of a killed runner could not be started.
    #[error("the guard of the function processes cannot be started with `sh`")]
    Guard(#[source] io::Error),
}

/// A call that never reached a function. (A function that ran and failed is an
/// [`Invocation`](super::Invocation) with `function_error`.)
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// There is no function of this name.
    #[error("there is no function `{0}`")]
    FunctionNotFound(String),
    /// As many instances as allowed are busy.
    #[error("all {limit} instances of `{function}` are busy")]
    TooManyRequests {
        /// Name of the function.
        function: String,
        /// Its greatest number of instances.
        limit: usize,
    },
    /// The payload is larger than Lambda accepts.
    #[error("the payload has {size} bytes, the limit is {limit}")]
    RequestTooLarge {
        /// Bytes of the payload.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The payload is no JSON.
    #[error("the payload is not JSON: {0}")]
    InvalidPayload(String),
    /// Functions that run elsewhere are out of reach, or refuse.
    #[error("the function is not reached: {0}")]
    Unreachable(String),
    /// The runtime is shutting down.
    #[error("the Lambda runtime is shutting down")]
    ShuttingDown,
}
