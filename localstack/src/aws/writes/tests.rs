//! Tests of faults around a function's write.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use stack_base::account::table_arn;
use stack_base::chaos::Chaos;
use stack_base::service_error::ServiceError;
use stack_lambda::{FunctionSpec, Invocation, Lambda, LambdaOptions, access_key};
use stack_template::AsynchronousInvocation;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{KillMoment, WriteFault, WriteFaults};
use crate::aws::needs::Need;

/// The longest wait for the start of a function.
const START: Duration = Duration::from_secs(30);

/// A function instance during an invocation.
struct Instance {
    lambda: Lambda,
    invocation: JoinHandle<Invocation>,
    headers: HeaderMap,
    pid: String,
}

impl Instance {
    async fn start() -> Self {
        let who: PathBuf = std::env::temp_dir().join(format!("chaos-{}", Uuid::new_v4()));
        let spec = FunctionSpec {
            name: "writer".to_owned(),
            arn: String::new(),
            role: String::new(),
            binary: std::path::absolute("src/aws/writes/instance.sh").unwrap(),
            environment: [("WHO".to_owned(), who.display().to_string())].into(),
            timeout: Duration::from_secs(30),
            memory_mb: 128,
            max_instances: 1,
            reserved_concurrency: None,
            log_group: "/aws/lambda/function".to_owned(),
            events: AsynchronousInvocation::default(),
        };
        let lambda = Lambda::start(vec![spec], LambdaOptions::default()).await.unwrap();
        let invoked = lambda.clone();
        let invocation =
            tokio::spawn(async move { invoked.invoke("writer", Bytes::new(), None).await.unwrap() });
        let started = async {
            loop {
                if let Ok(line) = std::fs::read_to_string(&who) {
                    return line;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let line = tokio::time::timeout(START, started).await.expect("the function writes its process id");
        std::fs::remove_file(who).unwrap();
        let (pid, session) = line.trim().split_once(' ').unwrap();
        let headers =
            HeaderMap::from_iter([("x-amz-security-token".parse().unwrap(), session.parse().unwrap())]);
        Self { lambda, invocation, headers, pid: pid.to_owned() }
    }

    /// Applies a fault to a write. Returns true if the write was carried out, and the response.
    async fn apply(&self, fault: WriteFault) -> (bool, Result<Response, ServiceError>) {
        let written = AtomicBool::new(false);
        let write = async {
            written.store(true, Ordering::SeqCst);
            Ok(Response::new(Body::from("done")))
        };
        let writes = WriteFaults::new(Chaos::default(), self.lambda.clone(), &[]).unwrap();
        let session = self.headers["x-amz-security-token"].to_str().unwrap();
        let answer = writes.apply(fault, session, write).await;
        (written.load(Ordering::SeqCst), answer)
    }

    async fn assert_killed(self) {
        let payload = self.invocation.await.unwrap().payload;
        assert!(String::from_utf8_lossy(&payload).contains("signal: killed"), "{payload:?}");
    }
}

#[tokio::test]
async fn a_kill_before_the_write_prevents_the_write() {
    let instance = Instance::start().await;
    let (written, answer) = instance.apply(WriteFault::Killed(KillMoment::Before)).await;
    assert!(!written && answer.is_err());
    instance.assert_killed().await;
}

#[tokio::test]
async fn a_kill_during_or_after_the_write_keeps_the_write() {
    for moment in [KillMoment::During, KillMoment::After] {
        let instance = Instance::start().await;
        assert!(instance.apply(WriteFault::Killed(moment)).await.0);
        instance.assert_killed().await;
    }
}

#[tokio::test]
async fn a_stuck_function_has_written_and_is_stopped() {
    let instance = Instance::start().await;
    assert!(instance.apply(WriteFault::Stuck).await.0);
    let listed = Command::new("ps").args(["-o", "stat=", "-p", &instance.pid]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&listed.stdout).trim().chars().next(), Some('T'));
    instance.lambda.shutdown().await;
}

#[tokio::test]
async fn a_lost_response_breaks_off_after_the_write_and_a_throttled_write_does_not_happen() {
    let instance = Instance::start().await;
    let (written, answer) = instance.apply(WriteFault::Unanswered).await;
    assert!(written && to_bytes(answer.unwrap().into_body(), usize::MAX).await.is_err());
    let (written, answer) = instance.apply(WriteFault::Throttled).await;
    assert!(!written && answer.unwrap_err().code.ends_with("#ThrottlingException"));
    instance.lambda.shutdown().await;
}

#[tokio::test]
async fn a_late_response_arrives_after_the_clients_timeout() {
    let lambda = Lambda::start(Vec::new(), LambdaOptions::default()).await.unwrap();
    tokio::time::pause();
    let asked = tokio::time::Instant::now();
    let write = async { Ok(Response::new(Body::empty())) };
    let writes = WriteFaults::new(Chaos::default(), lambda, &[]).unwrap();
    writes.apply(WriteFault::AnsweredLate, "S", write).await.unwrap();
    assert!(asked.elapsed() > Duration::from_secs(3));
}

#[tokio::test]
async fn a_developers_write_is_not_affected() {
    let lambda = Lambda::start(Vec::new(), LambdaOptions::default()).await.unwrap();
    let writes = WriteFaults::new(Chaos::new(&"throttle=1".parse().unwrap()), lambda, &[]).unwrap();
    let write = async || Ok(Response::new(Body::empty()));
    assert!(writes.carry_out(&HeaderMap::new(), write()).await.is_ok());
    let signed = HeaderMap::from_iter([("x-amz-security-token".parse().unwrap(), "S".parse().unwrap())]);
    assert!(writes.carry_out(&signed, write()).await.is_err());
}

#[tokio::test]
async fn only_the_named_functions_are_affected() {
    let lambda = Lambda::start(Vec::new(), LambdaOptions::default()).await.unwrap();
    let functions = ["orders", "orders-too"].map(|binary| (format!("{binary}-1"), binary.to_owned()));
    let chaos = |spec: &str| Chaos::new(&spec.parse().unwrap());
    let writes = WriteFaults::new(chaos("throttle=1,only=orders"), lambda.clone(), &functions).unwrap();
    for (function, is_struck) in [("orders-1", true), ("orders-too-1", false)] {
        let token = format!("{}-0123", access_key(function));
        let headers =
            HeaderMap::from_iter([("x-amz-security-token".parse().unwrap(), token.parse().unwrap())]);
        let answer = writes.carry_out(&headers, async { Ok(Response::new(Body::empty())) }).await;
        assert_eq!(answer.is_err(), is_struck, "{function}");
    }
    let need = |table: &str| Need { action: "dynamodb:PutItem".to_owned(), resource: table_arn(table) };
    assert!(writes.affects(&[need("a")]));
    let of_table = WriteFaults::new(chaos("throttle=1,tables=a"), lambda.clone(), &functions).unwrap();
    assert!(of_table.affects(&[need("b"), need("a")]) && !of_table.affects(&[need("b")]));
    let refused = WriteFaults::new(chaos("throttle=1,only=order"), lambda, &functions).unwrap_err();
    assert_eq!(refused.to_string(), "only=order: there is no such function; known are orders, orders-too");
}
