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
use tokio::sync::Barrier;
use uuid::Uuid;

use super::arguments::LoadArguments;
use super::caller::Caller;
use super::report::{Report, Sample};
use super::{TIMEOUT, WATCHED_PER_SECOND, is_confirmation, is_watched, send_all};

const LOAD: LoadArguments = LoadArguments { rate: 20, seconds: 1, url: None, token: None };

/// An API that confirms nothing. Every second read of a view finds version 1, after the API has got `late` commands.
async fn api(late: u64) -> Caller {
    let (commands, reads) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (created, confirmed) = (commands.clone(), commands.clone());
    let create = async move || {
        let number = created.fetch_add(1, Ordering::SeqCst);
        (StatusCode::CREATED, json!({"order_id": format!("order-{number}"), "version": 1}).to_string())
    };
    let confirm = async move || {
        confirmed.fetch_add(1, Ordering::SeqCst);
        StatusCode::CONFLICT
    };
    let read = async move |Path(_): Path<String>| {
        let is_late = commands.load(Ordering::SeqCst) < late;
        if is_late || reads.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            (StatusCode::NOT_FOUND, String::new())
        } else {
            (StatusCode::OK, json!({ "version": 1 }).to_string())
        }
    };
    let router = Router::new()
        .route("/commands/products/{id}", put(async || json!({}).to_string()))
        .route("/commands/orders", post(create))
        .route("/commands/orders/{id}/confirm", post(confirm))
        .route("/queries/orders/{id}", get(read));
    serve(router).await
}

async fn serve(router: Router) -> Caller {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, router).into_future());
    Caller::new(http::client(TIMEOUT).unwrap(), &format!("http://{address}/"), "token")
}

/// The report of commands that ended two seconds after the start.
fn report(samples: impl IntoIterator<Item = Sample>) -> Report {
    let mut report = Report::new(&LOAD);
    samples.into_iter().for_each(|sample| report.add(sample, Duration::from_secs(2)));
    report
}

fn text(report: &Report) -> String {
    let mut out = Vec::new();
    report.write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn every_second_command_confirms_an_order_and_its_refusal_is_reported() {
    let report = send_all(&LOAD, api(0).await).await.unwrap();
    let text = text(&report);
    assert!(text.starts_with("20 commands/s for 1 s; "), "{text}");
    // The first order may not be created yet when the second command is sent. That command then creates one.
    let refused = text.lines().find(|line| line.starts_with("command: ")).unwrap();
    assert!(refused.ends_with("times status 409"), "{refused}");
    assert!(!text.contains("view: "), "{text}");
    assert!(text.lines().any(|line| line.starts_with("view lag, ms") && !line.contains(" 0.0 ")), "{text}");
}

#[test]
fn views_are_watched_after_creations_and_confirmations() {
    for rate in [1, 5, 10, 20, 50, 10_000] {
        let watched: Vec<_> = (0..2 * u64::from(rate)).filter(|number| is_watched(*number, rate)).collect();
        assert!(watched.iter().any(|number| is_confirmation(*number)), "{rate} a second: {watched:?}");
        assert!(watched.iter().any(|number| !is_confirmation(*number)), "{rate} a second: {watched:?}");
        let most = 2 * usize::try_from(WATCHED_PER_SECOND).unwrap();
        assert!(watched.len() <= most, "{rate} a second: {watched:?}");
    }
}

#[tokio::test]
async fn orders_are_confirmed_before_their_views_are_up_to_date() {
    let load = LoadArguments { rate: 5, ..LOAD };
    // The load waits for the view of every order, and no view is up to date before the last command.
    let report = send_all(&load, api(5).await).await.unwrap();
    let text = text(&report);
    assert!(text.lines().any(|line| line == "command: 2 times status 409"), "{text}");
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

/// An API that is asleep when the first command arrives. It wakes up when the last command of `expected` has arrived.
async fn stalled(expected: usize) -> Caller {
    let arrived = Arc::new(Barrier::new(expected));
    let create = async move || {
        arrived.wait().await;
        let order = Uuid::new_v4();
        (StatusCode::CREATED, json!({"order_id": order, "version": 1}).to_string())
    };
    let router = Router::new()
        .route("/commands/products/{id}", put(async || json!({}).to_string()))
        .route("/commands/orders", post(create))
        .route("/queries/orders/{id}", get(async || json!({ "version": 1 }).to_string()));
    serve(router).await
}

#[tokio::test]
async fn a_stall_delays_no_command_and_counts_from_the_intended_start_of_each() {
    // No command is answered before the last one has arrived. A load that waits for answers would never end.
    let load = LoadArguments { rate: 20, ..LOAD };
    let text = text(&send_all(&load, stalled(20).await).await.unwrap());
    assert!(text.starts_with("20 commands/s for 1 s; 20 carried out, "), "{text}");
    // A command was due every 50 ms, and none was answered before the last one was due at 950 ms. So the first waited
    // for at least 950 ms, and half of them for at least 450 ms.
    let row = text.lines().find_map(|line| line.strip_prefix("command, ms")).unwrap();
    let times: Vec<f64> = row.split_whitespace().map(|time| time.parse().unwrap()).collect();
    assert!(times[0] >= 450.0 && times[4] >= 950.0, "{row}");
}

#[test]
fn percentiles_and_bars_have_all_times() {
    let sample = |milliseconds| Sample {
        latency: Ok(Duration::from_millis(milliseconds)),
        lag: Some(Ok(Duration::from_millis(10 * milliseconds))),
    };
    let mut samples: Vec<Sample> = (1..=100).map(sample).collect();
    samples.push(Sample { latency: Err("status 503".to_owned()), lag: None });
    let text = text(&report(samples));
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
fn the_last_bar_has_the_longest_times() {
    let longest = Sample { latency: Ok(Duration::from_mins(3)), lag: None };
    let text = text(&report([longest]));
    assert!(text.lines().any(|line| line.starts_with("  below 120000 ms        1 ")), "{text}");
}

#[test]
fn a_report_without_answers_is_empty() {
    let refused = Sample { latency: Err("status 503".to_owned()), lag: None };
    let report = report([refused]);
    assert!(report.is_empty());
    assert!(text(&report).contains("0 carried out"));
}
