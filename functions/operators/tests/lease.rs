//! Tests the lease of an operator: who gets it, who is refused, and how it ends.
#![cfg(test)]

use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use es_core::Timestamp;
use operators::{Lease, LeaseRefusal, LeasedAnswer};
use serde_json::json;
use testing::StoppedClock;
use testing::dynamodb::{Fault, LocalDynamoDb};
use tokio::time::Instant;

/// 2027-01-01 in seconds since the epoch.
const BEGIN: i64 = 1_798_761_600;
/// How long an invocation may work.
const MINUTE: Duration = Duration::from_mins(1);
/// A time when every lease that an invocation took at [`BEGIN`] has ended: its deadline and a margin.
const LATER: i64 = BEGIN + 60 + 12;

/// The operations table.
struct Operations {
    db: LocalDynamoDb,
    table: String,
}

impl Operations {
    async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let table = db.operations_table().await;
        Self { db, table }
    }

    /// The lease of `operator`, on a machine whose clock says `seconds`.
    fn lease(&self, operator: &'static str, seconds: i64) -> Lease {
        self.lease_with(self.db.client(), operator, seconds)
    }

    fn lease_with(&self, client: Client, operator: &'static str, seconds: i64) -> Lease {
        let now = Timestamp::from_micros(seconds * 1_000_000).unwrap();
        Lease::new(client, &self.table, operator, Arc::new(StoppedClock(now)))
    }

    /// An invocation of rebuild that takes the lease at `seconds` and dies.
    async fn die(&self, seconds: i64) {
        let lease = self.lease("rebuild", seconds);
        let work = lease.run(true, Instant::now() + MINUTE, pending::<Result<(), String>>());
        tokio::select! {
            biased;
            answer = work => panic!("{answer:?}"),
            () = self.until_held_after(seconds) => {}
        }
    }

    /// Waits until somebody has a lease of rebuild that ends after `seconds`.
    async fn until_held_after(&self, seconds: i64) {
        let key = AttributeValue::S("lease#rebuild".to_owned());
        loop {
            let get = self.db.client().get_item().table_name(&self.table).key("pk", key.clone());
            let found = get.consistent_read(true).send().await.unwrap().item.unwrap_or_default();
            let until = found.get("held_until").map(|until| until.as_n().unwrap().parse::<i64>().unwrap());
            if until > Some(seconds) {
                return;
            }
        }
    }
}

/// Work that succeeds at once.
async fn work(lease: &Lease) -> LeasedAnswer<&'static str> {
    lease.run(true, Instant::now() + MINUTE, ready(Ok::<_, String>("done"))).await.unwrap()
}

fn refusal(answer: LeasedAnswer<&'static str>) -> LeaseRefusal {
    match answer {
        LeasedAnswer::Refused(refusal) => refusal,
        LeasedAnswer::Done(_) => panic!("the lease was free"),
    }
}

#[tokio::test]
async fn a_second_invocation_is_refused_with_the_operator_and_the_time_and_works_after_the_first() {
    let operations = Operations::new().await;
    let first = operations.lease("rebuild", BEGIN);
    let during = async {
        let second = operations.lease("rebuild", BEGIN + 5);
        let refused = refusal(work(&second).await);
        let until = refused.until.micros() / 1_000_000;
        assert!(refused.operator == "rebuild" && (BEGIN + 60..LATER).contains(&until), "{refused:?}");
        assert!(refused.refused.contains(&format!("call again after {}", refused.until)), "{refused:?}");
        let reading = second.run(false, Instant::now() + MINUTE, ready(Ok::<_, String>(7))).await;
        assert_eq!(reading.unwrap(), LeasedAnswer::Done(7), "work that only reads needs no lease");
        assert_eq!(work(&operations.lease("redrive", BEGIN + 5)).await, LeasedAnswer::Done("done"));
        Ok::<_, String>(())
    };
    let done = first.run(true, Instant::now() + MINUTE, during).await.unwrap();
    assert_eq!(done, LeasedAnswer::Done(()));
    assert_eq!(work(&operations.lease("rebuild", BEGIN + 6)).await, LeasedAnswer::Done("done"));
}

#[tokio::test]
async fn a_refused_invocation_does_nothing_and_its_answer_is_no_error() {
    let operations = Operations::new().await;
    operations.die(BEGIN).await;
    let mut has_worked = false;
    let lease = operations.lease("rebuild", BEGIN);
    let work = async {
        has_worked = true;
        Ok::<_, String>(())
    };
    let refused = lease.run(true, Instant::now() + MINUTE, work).await.unwrap();
    let json = serde_json::to_value(refused).unwrap();
    assert_eq!(json["operator"], json!("rebuild"));
    assert!(json["until"].is_string() && json["refused"].is_string(), "{json}");
    assert!(!has_worked);
}

#[tokio::test]
async fn the_lease_of_an_invocation_that_died_ends_by_itself() {
    let operations = Operations::new().await;
    operations.die(BEGIN).await;
    let until = refusal(work(&operations.lease("rebuild", BEGIN + 60)).await).until.micros() / 1_000_000;
    refusal(work(&operations.lease("rebuild", until)).await);
    assert_eq!(work(&operations.lease("rebuild", until + 1)).await, LeasedAnswer::Done("done"));
}

#[tokio::test]
async fn work_that_fails_returns_the_lease() {
    let operations = Operations::new().await;
    let lease = operations.lease("rebuild", BEGIN);
    let failed = lease.run(true, Instant::now() + MINUTE, ready(Err::<(), _>("no table"))).await;
    assert_eq!(failed.unwrap_err().to_string(), "no table");
    assert_eq!(work(&lease).await, LeasedAnswer::Done("done"));
}

#[tokio::test]
async fn an_invocation_that_works_too_long_does_not_return_the_lease_of_the_next_one() {
    let operations = Operations::new().await;
    let late = async {
        operations.die(LATER).await;
        Ok::<_, String>(())
    };
    operations.lease("rebuild", BEGIN).run(true, Instant::now() + MINUTE, late).await.unwrap();
    refusal(work(&operations.lease("rebuild", LATER + 1)).await);
}

#[tokio::test]
async fn a_lost_answer_does_not_refuse_the_invocation_that_has_the_lease() {
    let operations = Operations::new().await;
    let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
    let client = Client::from_conf(operations.db.config().retry_config(retries).build());
    operations.db.faults().script([Fault::LostAnswer, Fault::None, Fault::LostAnswer]);
    let lease = operations.lease_with(client, "rebuild", BEGIN);
    assert_eq!(work(&lease).await, LeasedAnswer::Done("done"));
    assert_eq!(operations.db.recorder().count("PutItem"), 4);
    assert_eq!(work(&lease).await, LeasedAnswer::Done("done"));
}

#[tokio::test]
async fn without_the_table_nothing_is_done_and_a_lease_that_cannot_be_returned_costs_no_answer() {
    let operations = Operations::new().await;
    let lease = operations.lease("rebuild", BEGIN);
    operations.db.faults().script([Fault::Throttled]);
    let never = async { panic!("the lease was not taken") };
    let failed = lease.run::<(), String>(true, Instant::now() + MINUTE, never).await;
    assert_eq!(failed.unwrap_err().to_string(), "the lease of rebuild cannot be taken");
    operations.db.faults().script([Fault::None, Fault::Throttled]);
    assert_eq!(work(&lease).await, LeasedAnswer::Done("done"));
    refusal(work(&lease).await);
}

#[tokio::test]
async fn a_damaged_lease_is_named_with_its_cure() {
    let operations = Operations::new().await;
    let item = [("pk".to_owned(), AttributeValue::S("lease#rebuild".to_owned()))];
    let put = operations.db.client().put_item().table_name(&operations.table);
    put.set_item(Some(item.into())).send().await.unwrap();
    let lease = operations.lease("rebuild", BEGIN);
    let error = lease.run(true, Instant::now() + MINUTE, ready(Ok::<_, String>(()))).await.unwrap_err();
    assert!(error.to_string().contains("delete the item lease#rebuild"), "{error}");
}
