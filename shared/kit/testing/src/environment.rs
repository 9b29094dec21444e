//! Processes with another environment. A test cannot change the environment of its own process.

use std::process::Command;

/// What every function has.
const AWS: [(&str, &str); 3] =
    [("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")];

/// Whether this process has the environment `variables`. If it has not, `test`, the full name of the calling test, runs and
/// passes in a process of its own that has only these variables, a region and credentials. A test returns then.
#[must_use]
pub fn has_environment(test: &str, variables: &[(&str, &str)]) -> bool {
    let has = |(name, value): &(&str, &str)| std::env::var(name).as_deref() == Ok(*value);
    if AWS.iter().chain(variables).all(has) {
        return true;
    }
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", test]).env_clear().envs(AWS).envs(variables.iter().copied());
    let output = process.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{test} in its own process: {printed}");
    false
}
