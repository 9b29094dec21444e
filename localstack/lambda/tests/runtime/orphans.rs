//! Test that a runner killed with `kill -9` leaves no function process behind, not even a busy one with a child
//! process.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::stack::{call, ended, fresh_path, hanging, invoke, pid, runs, spec, start};

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
        .spawn()
        .unwrap();
    let [function, child] = hanging(&ready).await;
    let idle = idle_instance(runner.stdout.take().unwrap());
    for pid in [function, child, idle] {
        assert!(runs(pid), "{pid}");
    }
    runner.kill().unwrap();
    runner.wait().unwrap();
    for pid in [function, child, idle] {
        ended(pid).await;
    }
}

fn idle_instance(output: impl Read) -> u64 {
    let mut lines = BufReader::new(output).lines().map(Result::unwrap);
    lines.find_map(|line| line.strip_prefix("idle ").map(|pid| pid.parse().unwrap())).unwrap()
}
