//! Tests a collector that is unreachable, silent or refuses spans. Callers and views are not affected, and each sandbox
//! warns once.
#![cfg(test)]

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use e2e::{Aws, Caller, Lines, Load, audit, quiet};
use localstack::{Stack, StackOptions};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// How a collector fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failing {
    /// Nobody listens.
    Absent,
    /// It takes a request and never answers.
    Silent,
    /// It answers that it cannot.
    Refusing,
}

/// A collector that fails, until it is dropped.
#[derive(Debug)]
struct Collector {
    /// Its base URL.
    url: String,
    asked: Arc<AtomicUsize>,
    serving: Option<AbortHandle>,
}

impl Collector {
    async fn that_is(failing: Failing) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let serving = (failing != Failing::Absent).then(|| {
            let route = post(move |State(asked): State<Arc<AtomicUsize>>| answer(failing, asked));
            let router = Router::new().route("/v1/traces", route).with_state(Arc::clone(&asked));
            tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle()
        });
        Self { url, asked, serving }
    }

    /// How many requests have come.
    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn answer(failing: Failing, asked: Arc<AtomicUsize>) -> StatusCode {
    asked.fetch_add(1, Ordering::Relaxed);
    match failing {
        Failing::Refusing => StatusCode::SERVICE_UNAVAILABLE,
        Failing::Absent | Failing::Silent => pending().await,
    }
}

const CUSTOMERS: usize = 4;
const ORDERS: usize = 5;
const SCOPE: &str = "orders:read orders:write orders:admin";

/// What the functions have told.
#[derive(Debug, Default)]
struct Told {
    /// Sandboxes that were started, by function.
    starts: BTreeMap<String, u64>,
    /// Warnings that spans are not exported, by function.
    warnings: BTreeMap<String, u64>,
    /// Exports that failed and were counted.
    failures: u64,
}

impl Told {
    fn by(lines: &[String]) -> Self {
        let mut told = Self::default();
        for line in lines {
            let Some((function, line)) = line.split_once(" | ") else { continue };
            let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
            assert_ne!(line["level"], "ERROR", "{function}: {line}");
            *told.starts.entry(function.to_owned()).or_default() += line["ColdStarts"].as_u64().unwrap_or(0);
            told.failures += line["ExportFailures"].as_u64().unwrap_or(0);
            if line["level"] == "WARN" {
                assert_eq!(line["message"], "spans are not exported", "{function}: {line}");
                *told.warnings.entry(function.to_owned()).or_default() += 1;
            }
        }
        told
    }
}

/// Takes orders through their lives, and gives what the functions have logged by the end.
async fn run(collector: &Collector, lines: &Lines) -> Vec<String> {
    let before = lines.all().len();
    let options = StackOptions { collector: Some(collector.url.clone()), ..StackOptions::default() };
    let stack = Stack::start(options).await.expect("a stack");
    let token = stack.token("load", SCOPE).expect("a token");
    let caller = Caller::new(stack.base_url()).expect("a client").with(token);
    let aws = Aws::of_embedded(stack.aws_endpoint(), stack.template()).expect("clients");
    let load = Load::new(watch::Sender::new(caller.clone()).subscribe());
    load.offer().await.expect("products");
    load.run(CUSTOMERS, ORDERS).await.expect("orders");
    quiet(stack.aws_endpoint()).await.expect("quiet");
    let acknowledged = load.acknowledged().borrow().clone();
    let findings = audit(&caller, &aws, &acknowledged).await.expect("an audit");
    assert_eq!(findings, Vec::<String>::new());
    assert!(stack.traces().traces().is_empty(), "spans came to the stack instead");
    stack.shutdown().await;
    lines.all().split_off(before)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_collector_affects_only_the_log() {
    let lines = Lines::start().expect("the first subscriber");
    for failing in [Failing::Absent, Failing::Silent, Failing::Refusing] {
        let collector = Collector::that_is(failing).await;
        let told = Told::by(&run(&collector, &lines).await);
        assert!(told.failures > 0, "{failing:?}: no failure is counted");
        assert!(told.starts.contains_key("CreateOrderFunction"), "{failing:?}: {told:?}");
        assert_eq!(told.warnings, told.starts, "{failing:?}: not one warning a sandbox");
        assert_eq!(collector.asked() > 0, failing != Failing::Absent);
    }
}
