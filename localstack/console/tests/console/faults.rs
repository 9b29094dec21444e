//! Tests of changing the rates of faults.

use serde_json::{Value, json};
use stack_base::chaos::Fault;

use crate::stack::{TestConsole, start};

async fn change(console: &TestConsole, change: &Value) -> (u16, Value) {
    let url = format!("{}/api/faults", console.url);
    let answer = console.client.put(url).json(change).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn fault<'v>(faults: &'v Value, name: &str) -> &'v Value {
    faults["faults"].as_array().unwrap().iter().find(|fault| fault["name"] == name).unwrap()
}

#[tokio::test]
async fn rates_and_the_delay_change_while_the_stack_runs() {
    let console = start().await;
    let faults = console.json("/api/faults").await;
    assert_eq!(faults["faults"].as_array().unwrap().len(), Fault::ALL.len());
    assert_eq!((&fault(&faults, "kill")["rate"], &faults["delay_seconds"]), (&json!(0.0), &json!(4.0)));

    let (status, faults) = change(&console, &json!({"rates": {"kill": 1}, "delay_seconds": 0.5})).await;
    assert_eq!((status, &faults["delay_seconds"]), (200, &json!(0.5)));
    assert!(console.chaos.injects(Fault::Kill) && !console.chaos.injects(Fault::Throttle));
    let kill = fault(&console.json("/api/faults").await, "kill").clone();
    assert_eq!((&kill["rate"], &kill["injected"]), (&json!(1.0), &json!(1)));
}

#[tokio::test]
async fn an_invalid_change_is_refused_whole() {
    let console = start().await;
    for (invalid, reason) in [
        (json!({"rates": {"kill": 1, "throttle": 2}}), "throttle=2: the rate is not a number from 0 to 1"),
        (json!({"rates": {"kill": 1, "kil": 1}}), "there is no fault \"kil\""),
        (json!({"rates": {"kill": 1}, "delay_seconds": 61}), "delay=61: the delay is not"),
        (json!({"rates": {"kill": 1}, "delay_seconds": -1}), "delay=-1: the delay is not"),
    ] {
        let (status, refused) = change(&console, &invalid).await;
        assert_eq!(status, 400, "{invalid}");
        assert!(refused["message"].as_str().unwrap().starts_with(reason), "{invalid}: {refused}");
    }
    assert!(console.chaos.is_calm());
}
