//! Tests of the embedded Lambda runtime with a function that uses the real runtime client.
#![cfg(test)]

mod answers;
mod background;
mod events;
mod failures;
mod function;
mod functions_api;
mod invoke_api;
mod orphans;
mod pool;
mod runtime_api;
mod stack;

/// Entry point of the function's process (see `function.sh`). In a plain test run there is no Runtime API, and this
/// test does nothing.
#[test]
fn function() {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        function::serve();
    }
}

/// Entry point of the runner that the tests in `orphans` kill.
#[test]
fn runner() {
    if let Some(ready) = std::env::var_os(orphans::READY) {
        orphans::run_until_killed(&ready);
    }
}
