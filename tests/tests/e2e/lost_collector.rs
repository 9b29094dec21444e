//! Tests collectors that are unreachable, that never answer, or that refuse spans. Callers and views are not affected,
//! and each sandbox warns once.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use e2e::{ApiClient, Aws, Lines, Load, audit, wait_until_caught_up};
use localstack::{Stack, StackOptions};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// How a collector fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failing {
    /// Nothing listens on the port.
    Absent,
    /// The collector accepts requests and never answers.
    Silent,
    /// The collector answers with status 503.
    Refusing,
}

/// A failing collector. It stops when it is dropped.
#[derive(Debug)]
struct Collector {
    /// The base URL.
    url: String,
    /// The number of received requests.
    requests: Arc<AtomicUsize>,
    serving: Option<AbortHandle>,
}

impl Collector {
    async fn start(failing: Failing) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(AtomicUsize::new(0));
        let serving = (failing != Failing::Absent).then(|| {
            let route = post(move |State(requests): State<Arc<AtomicUsize>>| answer(failing, requests));
            let router = Router::new().route("/v1/traces", route).with_state(Arc::clone(&requests));
            tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle()
        });
        Self { url, requests, serving }
    }

    /// The number of received requests.
    fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn answer(failing: Failing, requests: Arc<AtomicUsize>) -> StatusCode {
    requests.fetch_add(1, Ordering::Relaxed);
    match failing {
        Failing::Refusing => StatusCode::SERVICE_UNAVAILABLE,
        Failing::Absent | Failing::Silent => pending().await,
    }
}

const CUSTOMERS: usize = 4;
const ORDERS: usize = 5;
const SCOPE: &str = "orders:read orders:write orders:admin";

/// Counts from the functions' log lines.
#[derive(Debug, Default)]
struct LogCounts {
    /// The started sandboxes of each function.
    starts: BTreeMap<String, u64>,
    /// The warnings of each function that spans are not exported.
    warnings: BTreeMap<String, u64>,
    /// The failed exports that the functions counted.
    failures: u64,
}

impl LogCounts {
    fn from_lines(lines: &[String]) -> Self {
        let mut counts = Self::default();
        for line in lines {
            let Some((function, line)) = line.split_once(" | ") else { continue };
            let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
            assert_ne!(line["level"], "ERROR", "{function}: {line}");
            *counts.starts.entry(function.to_owned()).or_default() +=
                line["ColdStarts"].as_u64().unwrap_or(0);
            counts.failures += line["ExportFailures"].as_u64().unwrap_or(0);
            if line["level"] == "WARN" {
                assert_eq!(line["message"], "spans are not exported", "{function}: {line}");
                *counts.warnings.entry(function.to_owned()).or_default() += 1;
            }
        }
        counts
    }
}

/// Runs a load on a stack that exports to `collector`, audits the result, and returns the functions' log lines.
async fn run(collector: &Collector) -> Vec<String> {
    let options = StackOptions { collector: Some(collector.url.clone()), ..StackOptions::default() };
    let stack = Stack::start(options).await.expect("a stack");
    let lines = Lines::of_stack(&stack);
    let token = stack.token("load", SCOPE).expect("a token");
    let caller = ApiClient::new(stack.base_url()).expect("a client").with(token);
    let aws = Aws::from_embedded(stack.aws_endpoint(), stack.template()).expect("clients");
    let load = Load::new(watch::Sender::new(caller.clone()).subscribe());
    load.offer().await.expect("products");
    load.run(CUSTOMERS, ORDERS).await.expect("orders");
    wait_until_caught_up(stack.aws_endpoint()).await.expect("projections that have caught up");
    let acknowledged = load.acknowledged().borrow().clone();
    let findings = audit(&caller, &aws, &acknowledged).await.expect("an audit");
    assert_eq!(findings, Vec::<String>::new());
    assert!(
        stack.traces().traces().is_empty(),
        "the stack has received spans, but they must go to the collector"
    );
    stack.shutdown().await;
    lines.all()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_collector_affects_only_the_log() {
    for failing in [Failing::Absent, Failing::Silent, Failing::Refusing] {
        let collector = Collector::start(failing).await;
        let counts = LogCounts::from_lines(&run(&collector).await);
        assert!(counts.failures > 0, "{failing:?}: no failure is counted");
        assert!(counts.starts.contains_key("CreateOrderFunction"), "{failing:?}: {counts:?}");
        assert_eq!(counts.warnings, counts.starts, "{failing:?}: each sandbox must warn once");
        assert_eq!(collector.requests() > 0, failing != Failing::Absent);
    }
}
