//! Test that a runner killed with `kill -9` leaves no function process behind, not even a busy one with a child
//! process.

use std::ffi::OsStr;
use std::io::Write;
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::stack::{TIMEOUT, call, ended, fresh_path, hanging, invoke, pid, runs, spec, start};

/// Variable that makes the test binary a runner. Its value is the path where the busy function writes its process ids.
pub(crate) const READY: &str = "LAMBDA_TEST_RUNNER";

/// Runs a runner with one idle and one busy instance.
pub(crate) fn run_until_killed(ready: &OsStr) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let lambda = start(spec()).await;
        let payload = json!({ "mode": "hang", "ready": ready.to_str().unwrap() });
        let busy = tokio::spawn({
            let lambda = lambda.clone();
            async move { call(&lambda, payload).await }
        });
        let idle = pid(&invoke(&lambda, json!({})).await);
        writeln!(std::io::stdout(), "idle {idle}").unwrap();
        busy.await.unwrap().unwrap();
    });
}

#[tokio::test]
async fn a_killed_runner_leaves_no_process() {
    let ready = fresh_path();
    let mut runner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "runner", "--nocapture"])
        .env(READY, &ready)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let [function, child] = hanging(&ready).await;
    let idle = timeout(TIMEOUT, idle_instance(runner.stdout.take().unwrap())).await;
    let idle = idle.expect("the runner prints its idle instance");
    for pid in [function, child, idle] {
        assert!(runs(pid), "{pid}");
    }
    runner.kill().await.unwrap();
    for pid in [function, child, idle] {
        ended(pid).await;
    }
}

/// The process id of the idle instance, which the runner prints.
async fn idle_instance(output: impl AsyncRead + Unpin) -> u64 {
    let mut lines = BufReader::new(output).lines();
    loop {
        let line = lines.next_line().await.unwrap().expect("the runner runs");
        if let Some(pid) = line.strip_prefix("idle ") {
            return pid.parse().unwrap();
        }
    }
}
