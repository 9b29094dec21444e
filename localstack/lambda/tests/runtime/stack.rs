//! Helpers of the tests: a runtime with the function under test, and waiting for a condition.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use stack_lambda::{FunctionSpec, Invocation, InvokeError, Lambda, LambdaOptions};
use stack_template::AsynchronousInvocation;

/// The name of the function under test.
pub(crate) const FUNCTION: &str = "test-function";
/// Timeout that is far longer than any step of these tests.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// The function under test, with at most four instances.
pub(crate) fn spec() -> FunctionSpec {
    let exe = std::env::current_exe().unwrap().to_string_lossy().into_owned();
    FunctionSpec {
        name: FUNCTION.to_owned(),
        arn: format!("arn:aws:lambda:eu-central-1:000000000000:function:{FUNCTION}"),
        role: "arn:aws:iam::000000000000:role/test".to_owned(),
        binary: std::path::absolute("tests/runtime/function.sh").unwrap(),
        environment: BTreeMap::from([("FIXTURE".to_owned(), exe), ("TABLE".to_owned(), "orders".to_owned())]),
        timeout: Duration::from_mins(1),
        memory_mb: 256,
        max_instances: 4,
        reserved_concurrency: None,
        log_group: format!("/aws/lambda/{FUNCTION}"),
        events: AsynchronousInvocation::default(),
    }
}

/// The function under test, with at most one instance.
pub(crate) fn only_one() -> FunctionSpec {
    FunctionSpec { max_instances: 1, ..spec() }
}

/// Starts a runtime with one function and the default options.
pub(crate) async fn start(spec: FunctionSpec) -> Lambda {
    Lambda::start(vec![spec], LambdaOptions::default()).await.unwrap()
}

/// Calls the function under test.
pub(crate) async fn call(lambda: &Lambda, payload: Value) -> Result<Invocation, InvokeError> {
    lambda.invoke(FUNCTION, payload.to_string().into(), None).await
}

/// Calls the function under test, and expects the call to reach it.
pub(crate) async fn invoke(lambda: &Lambda, payload: Value) -> Invocation {
    call(lambda, payload).await.unwrap()
}

/// The payload as JSON.
pub(crate) fn json(invocation: &Invocation) -> Value {
    serde_json::from_slice(&invocation.payload).unwrap()
}

/// Process id in the response.
pub(crate) fn pid(invocation: &Invocation) -> u64 {
    assert_eq!(invocation.function_error, None, "{invocation:?}");
    json(invocation)["pid"].as_u64().unwrap()
}

/// Polls until `condition` returns a value.
pub(crate) async fn eventually<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < deadline, "{what} did not happen in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// True while a process runs or is frozen. A zombie does not count.
pub(crate) fn runs(pid: u64) -> bool {
    !matches!(state(pid), None | Some('Z'))
}

/// Waits until a process has ended.
pub(crate) async fn ended(pid: u64) {
    eventually("the end of a process", || (!runs(pid)).then_some(())).await;
}

/// Waits until a process is stopped.
pub(crate) async fn frozen(pid: u64) {
    eventually("the freeze", || (state(pid) == Some('T')).then_some(())).await;
}

/// First letter of the state that `ps` prints for a process.
fn state(pid: u64) -> Option<char> {
    let listed = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    String::from_utf8(listed.stdout).unwrap().trim().chars().next()
}

/// Waits until a function in mode `hang` blocks, and returns the ids of its two processes.
pub(crate) async fn hanging(ready: &Path) -> [u64; 2] {
    let line = eventually("the function's hang", || std::fs::read_to_string(ready).ok()).await;
    std::fs::remove_file(ready).unwrap();
    let pids: Vec<u64> = line.split(' ').map(|pid| pid.parse().unwrap()).collect();
    pids.try_into().unwrap()
}

/// A path of a file that does not exist yet.
pub(crate) fn fresh_path() -> PathBuf {
    std::env::temp_dir().join(format!("lambda-test-{}", uuid::Uuid::new_v4()))
}
