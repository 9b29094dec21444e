//! What the runtime is told: its functions and its options.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use super::error::LambdaError;

/// Lambda's longest function timeout.
pub(super) const MAX_TIMEOUT: Duration = Duration::from_mins(15);
/// Characters in a function name, at most.
const MAX_NAME: usize = 64;

/// One function: what to run and within which bounds.
#[derive(Debug, Clone)]
pub struct FunctionSpec {
    /// Name: 1 to 64 letters, digits, hyphens and underscores.
    pub name: String,
    /// Amazon Resource Name, as functions and callers see it.
    pub arn: String,
    /// The executable that speaks the Runtime API; its folder is the task root.
    pub binary: PathBuf,
    /// Environment variables of the function's configuration.
    pub environment: BTreeMap<String, String>,
    /// Time an invocation may take, 15 minutes at most.
    pub timeout: Duration,
    /// Memory as told to the function, in MB. It is told, not enforced.
    pub memory_mb: u32,
    /// Concurrent instances, at most (reserved concurrency); with 0 every call is throttled, which is how AWS stops a
    /// function (Lambda guide, "Configuring reserved concurrency").
    pub max_instances: usize,
}

/// How the runtime behaves, the same for all functions.
#[derive(Debug, Clone)]
pub struct LambdaOptions {
    /// How long an instance may stand idle before it is ended.
    pub idle_after: Duration,
    /// Time from start to the first poll; Lambda allows 10 s.
    pub init_limit: Duration,
    /// `AWS_ENDPOINT_URL` of every function; none leaves the variable unset.
    pub aws_endpoint: Option<String>,
    /// `AWS_REGION` of every function.
    pub region: String,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` of every function, whatever its configuration says; none leaves the variable unset.
    pub otlp_endpoint: Option<String>,
}

impl Default for LambdaOptions {
    /// Five idle minutes, Lambda's 10 s of initialisation, no endpoints, `us-east-1`.
    fn default() -> Self {
        Self {
            idle_after: Duration::from_mins(5),
            init_limit: Duration::from_secs(10),
            aws_endpoint: None,
            region: "us-east-1".to_owned(),
            otlp_endpoint: None,
        }
    }
}

/// The access key id `function` signs its AWS calls with: `LOCAL` and the name in upper case without
/// punctuation, so that an AWS endpoint can tell from a signature which function calls.
#[must_use]
pub fn access_key(function: &str) -> String {
    let name = function.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase());
    "LOCAL".chars().chain(name).collect()
}

/// Checks every function, and that no two of them share an access key.
///
/// # Errors
/// [`LambdaError::InvalidFunction`] or [`LambdaError::Indistinguishable`], the first found.
pub(super) async fn validate(functions: &[FunctionSpec]) -> Result<(), LambdaError> {
    let mut keys: HashMap<String, &str> = HashMap::new();
    for function in functions {
        check(function).await?;
        let access_key = access_key(&function.name);
        if let Some(first) = keys.insert(access_key.clone(), &function.name) {
            let (first, second) = (first.to_owned(), function.name.clone());
            return Err(LambdaError::Indistinguishable { first, second, access_key });
        }
    }
    Ok(())
}

async fn check(function: &FunctionSpec) -> Result<(), LambdaError> {
    let wrong = |field, problem: String| {
        Err(LambdaError::InvalidFunction { function: function.name.clone(), field, problem })
    };
    let name = &function.name;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(allowed) {
        return wrong("name", "is not 1 to 64 letters, digits, hyphens and underscores".to_owned());
    }
    if !tokio::fs::metadata(&function.binary).await.is_ok_and(|binary| binary.is_file()) {
        return wrong("binary", format!("{} is not a file", function.binary.display()));
    }
    if function.timeout.is_zero() || function.timeout > MAX_TIMEOUT {
        return wrong("timeout", format!("of {:?} is not within 15 minutes", function.timeout));
    }
    if function.memory_mb == 0 {
        return wrong("memory_mb", "is 0".to_owned());
    }
    if function.max_instances > tokio::sync::Semaphore::MAX_PERMITS {
        return wrong("max_instances", format!("of {} cannot be kept", function.max_instances));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str) -> FunctionSpec {
        FunctionSpec {
            name: name.to_owned(),
            arn: format!("arn:aws:lambda:us-east-1:000000000000:function:{name}"),
            binary: std::env::current_exe().unwrap(),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(3),
            memory_mb: 128,
            max_instances: 1,
        }
    }

    #[test]
    fn the_access_key_names_its_function() {
        assert_eq!(access_key("create-order"), "LOCALCREATEORDER");
    }

    #[tokio::test]
    async fn names_that_share_an_access_key_are_refused() {
        let error = validate(&[spec("create-order"), spec("createorder")]).await.unwrap_err();
        assert!(matches!(error, LambdaError::Indistinguishable { .. }), "{error}");
    }

    #[tokio::test]
    async fn each_field_that_cannot_be_run_is_named() {
        let good = || spec("create-order");
        for (expected, function) in [
            ("name", spec("create order")),
            ("binary", FunctionSpec { binary: PathBuf::from("no/such/binary"), ..good() }),
            ("timeout", FunctionSpec { timeout: Duration::from_secs(901), ..good() }),
            ("memory_mb", FunctionSpec { memory_mb: 0, ..good() }),
            ("max_instances", FunctionSpec { max_instances: usize::MAX, ..good() }),
        ] {
            let error = validate(&[function]).await.unwrap_err();
            assert!(
                matches!(error, LambdaError::InvalidFunction { field, .. } if field == expected),
                "{error}"
            );
        }
    }
}
