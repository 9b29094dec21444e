//! The embedded Lambda runtime, with a function that speaks through the real runtime client.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod background;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod freeze;
#[cfg(test)]
mod function;
#[cfg(test)]
mod invoke_api;
#[cfg(test)]
mod orphans;
#[cfg(test)]
mod pool;
#[cfg(test)]
mod runtime_api;
#[cfg(test)]
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
