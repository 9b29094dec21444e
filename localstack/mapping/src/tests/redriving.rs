//! Tests of delivering given-up records again.

use serde_json::Value;
use stack_kinesis::{SequenceNumber, number_of_id};

use super::fixture::{Action, Fixture, on_key};
use crate::{RecordRange, RedriveError};

fn range(failure: &Value) -> RecordRange {
    let batch = &failure["KinesisBatchInfo"];
    let sequence = |name: &str| SequenceNumber::of_number(batch[name].as_str().unwrap()).unwrap();
    let shard = number_of_id(batch["shardId"].as_str().unwrap()).unwrap();
    RecordRange { shard, first: sequence("startSequenceNumber"), last: sequence("endSequenceNumber") }
}

#[tokio::test]
async fn exactly_the_given_up_records_are_delivered_again_in_batches_of_the_mapping() {
    let mut fixture = Fixture::new(1);
    fixture.put("abcd");
    fixture.mapping.maximum_retries = Some(0);
    fixture.start(on_key("a", Action::Fail));
    let failure = fixture.failure().await;
    fixture.stop();
    fixture.put("e");
    fixture.mapping.batch_size = 3;
    let function = Fixture::function(|_, _| Action::Succeed);
    assert_eq!(fixture.redrive(&function, range(&failure)).await.unwrap(), 4);
    assert_eq!(function.calls(|calls| calls.len() == 2).await, ["abc", "d"]);
}

#[tokio::test]
async fn the_filters_of_the_mapping_apply() {
    let mut fixture = Fixture::new(1);
    fixture.put("abc");
    fixture.filter(r#"{"data": {"key": ["b"]}}"#);
    let function = Fixture::function(|_, _| Action::Succeed);
    let range = RecordRange { shard: 0, first: SequenceNumber(1), last: SequenceNumber(3) };
    assert_eq!(fixture.redrive(&function, range).await.unwrap(), 3);
    assert_eq!(function.calls(|calls| calls.len() == 1).await, ["b"]);
}

#[tokio::test]
async fn records_that_fail_again_or_are_gone_are_not_redriven() {
    let fixture = Fixture::new(1);
    fixture.put("ab");
    let range =
        |first, last| RecordRange { shard: 0, first: SequenceNumber(first), last: SequenceNumber(last) };
    let failing = Fixture::function(|_, _| Action::Fail);
    let failed = fixture.redrive(&failing, range(1, 2)).await.unwrap_err();
    assert_eq!(failed.to_string(), "the function failed: no");
    let reporting = Fixture::function(|_, _| Action::Report(&["b"]));
    let failed = fixture.redrive(&reporting, range(1, 2)).await;
    assert!(matches!(failed, Err(RedriveError::Function(_))), "{failed:?}");
    let throttled = Fixture::function(|_, _| Action::Throttle);
    assert!(matches!(fixture.redrive(&throttled, range(1, 2)).await, Err(RedriveError::Invoke(_))));
    let gone = fixture.redrive(&failing, range(7, 8)).await;
    assert!(matches!(gone, Err(RedriveError::Expired)), "{gone:?}");
}
