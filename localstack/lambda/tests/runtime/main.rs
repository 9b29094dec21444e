//! The embedded Lambda runtime, with a function that speaks through the real runtime client.
#![cfg(test)]

mod answers;
mod background;
mod failures;
mod function;
mod invoke_api;
mod orphans;
mod pool;
mod runtime_api;
mod stack;

/// The entry of the function's process (see `function.sh`). In a plain test run there is no Runtime API to serve, and
/// what is left to check is just that.
#[test]
fn function() {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        function::serve();
    }
}

/// The entry of the runner that `orphans` kills.
#[test]
fn runner() {
    if let Some(ready) = std::env::var_os(orphans::READY) {
        orphans::run_until_killed(&ready);
    }
}
