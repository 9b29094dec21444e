//! Tests the rate, the latency from the intended start, and the report.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use serde_json::json;
use stack_base::http;
use tokio::net::TcpListener;

use super::arguments::LoadArguments;
use super::caller::Caller;
use super::report::{Report, Sample};
use super::{TIMEOUT, send_all};

const LOAD: LoadArguments = LoadArguments { rate: 20, seconds: 1, url: None, token: None };

/// An API whose views are at version 1 after the second read, and which confirms nothing.
async fn api() -> Caller {
    let (orders, reads) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let create = async move || {
        let number = orders.fetch_add(1, Ordering::SeqCst);
        (StatusCode::CREATED, json!({"order_id": format!("order-{number}"), "version": 1}).to_string())
    };
    let read = async move |Path(_): Path<String>| {
        if reads.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            (StatusCode::NOT_FOUND, String::new())
        } else {
            (StatusCode::OK, json!({ "version": 1 }).to_string())
        }
    };
    let router = Router::new()
        .route("/commands/products/{id}", put(async || json!({}).to_string()))
        .route("/commands/orders", post(create))
        .route("/commands/orders/{id}/confirm", post(async || StatusCode::CONFLICT))
        .route("/queries/orders/{id}", get(read));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, router).into_future());
    Caller::new(http::client(TIMEOUT).unwrap(), &format!("http://{address}/"), "token")
}

fn text(report: &Report) -> String {
    let mut out = Vec::new();
    report.write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn every_second_command_confirms_an_order_and_its_refusal_is_reported() {
    let report = send_all(&LOAD, api().await).await.unwrap();
    let text = text(&report);
    assert!(text.starts_with("20 commands/s for 1 s; "), "{text}");
    // The first order may not be created yet when the second command is sent. That command then creates one.
    let refused = text.lines().find(|line| line.starts_with("command: ")).unwrap();
    assert!(refused.ends_with("times status 409"), "{refused}");
    assert!(!text.contains("view: "), "{text}");
    assert!(text.lines().any(|line| line.starts_with("view lag, ms") && !line.contains(" 0.0 ")), "{text}");
}

#[tokio::test]
async fn an_api_that_answers_nothing_is_reported() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let caller = Caller::new(http::client(TIMEOUT).unwrap(), &format!("http://{address}"), "token");
    let error = send_all(&LOAD, caller).await.unwrap_err().to_string();
    assert!(error.starts_with("the product of the orders cannot be registered: no answer"), "{error}");
}

#[test]
fn percentiles_and_bars_have_all_times() {
    let sample = |milliseconds| Sample {
        latency: Ok(Duration::from_millis(milliseconds)),
        lag: Some(Ok(Duration::from_millis(10 * milliseconds))),
    };
    let mut samples: Vec<Sample> = (1..=100).map(sample).collect();
    samples.push(Sample { latency: Err("status 503".to_owned()), lag: None });
    let report = Report::new(&LOAD, &samples, Duration::from_secs(2));
    let text = text(&report);
    let expected = [
        "20 commands/s for 1 s; 100 carried out, 50.0 each second",
        "command: 1 times status 503",
        "command, ms         50.0      90.0      99.0     100.0     100.0         1",
    ];
    for line in expected {
        assert!(text.lines().any(|found| found == line), "{line:?} is not in\n{text}");
    }
    let counts = text.lines().filter_map(|line| line.trim_start().strip_prefix("below "));
    let counts: u64 =
        counts.map(|line| line.split_whitespace().nth(2).unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(counts, 200, "{text}");
}

#[test]
fn a_report_without_answers_is_empty() {
    let refused = Sample { latency: Err("status 503".to_owned()), lag: None };
    let report = Report::new(&LOAD, &[refused], Duration::from_secs(1));
    assert!(report.is_empty());
    assert!(text(&report).contains("0 carried out"));
}
