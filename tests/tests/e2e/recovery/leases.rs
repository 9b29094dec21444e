//! Tests that an operator works only if no other invocation has its lease, and that tasks without changes need none.

use e2e::Operator;
use serde_json::{Value, json};

use crate::recovery::shop::{COMMAND_PRICES, Data, operator, stack};

/// The year 2100, in seconds since the epoch.
const FAR_AWAY: u64 = 4_102_444_800;

async fn invoke(operator: &Operator, binary: &str, task: Value) -> Value {
    operator.invoke_once(binary, &task).await.expect("an answer that is no error")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_refused_while_another_invocation_has_the_lease() {
    let data = Data::new();
    let stack = stack(&data, &[COMMAND_PRICES], "").await;
    let operator = operator(&stack);
    let changing = [
        ("rebuild", json!({"task": "begin"})),
        ("redrive", json!({"task": "redrive", "queue": "dead-letters"})),
    ];
    let reading = [
        ("rebuild", json!({"task": "progress"})),
        ("redrive", json!({"task": "list", "queue": "dead-letters"})),
        ("reconcile", json!({})),
    ];
    for (binary, task) in &changing {
        operator.hold_lease(binary, FAR_AWAY).await.expect("held");
        let refused = invoke(&operator, binary, task.clone()).await;
        assert_eq!(refused["operator"], **binary, "{refused}");
        assert_eq!(refused["until"], "2100-01-01T00:00:00.000000Z", "{refused}");
        assert!(
            refused["refused"].as_str().is_some_and(|text| text.contains("call again after")),
            "{refused}"
        );
    }
    for (binary, task) in &reading {
        let answer = invoke(&operator, binary, task.clone()).await;
        assert!(answer["refused"].is_null(), "{answer}");
    }
    for (binary, task) in &changing {
        for until in [0, 1] {
            operator.hold_lease(binary, until).await.expect("returned or ended");
            let answer = operator.invoke(binary, task).await.expect("a report");
            assert!(answer["refused"].is_null(), "{answer}");
        }
    }
    stack.shutdown().await;
}
