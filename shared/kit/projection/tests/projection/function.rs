//! A projection function: the name of its binary, and the generations that it writes.

use std::time::Duration;

use event_store::DynamoEventStore;
use event_stream::BatchResponse;
use projection::{WritableTables, WrongBinary, project_written, run};
use testing::dynamodb::{Fault, LocalDynamoDb};
use testing::kinesis::{self, restart};
use testing::{InMemoryDeadLetters, StoppedClock, logged};
use tokio::time::Instant;
use view_store::{DynamoGenerations, GenerationNames, KnownGenerations, QueryTables, Views};

use crate::account::{account, commit, deposited, opened};
use crate::end_to_end::{AccountProjection, AccountView};

#[test]
fn a_binary_with_another_name_than_its_projection_does_not_start() {
    let error = run::<AccountProjection>("Accounts", "balance-projection").unwrap_err();
    let expected = WrongBinary { binary: "balance-projection", projection: "account-projection" };
    assert_eq!(error.downcast_ref(), Some(&expected), "{error}");
}

#[tokio::test]
async fn a_batch_is_delivered_again_until_the_live_generation_is_known() {
    let db = LocalDynamoDb::start().await;
    let event_table = db.event_table().await;
    let events = DynamoEventStore::new(db.client(), &event_table);
    let switch = DynamoGenerations::new(db.client(), db.operations_table().await);
    let known = KnownGenerations::new(switch, Duration::from_mins(10), StoppedClock::shared());
    let blue = db.query_table().await;
    let names = GenerationNames { blue: blue.clone(), green: "not live".to_owned() };
    let tables = WritableTables::new(db.client(), QueryTables { names, known }, event_table.clone());
    let commits = [commit(1, 1, vec![opened()]), commit(1, 2, vec![deposited(5)])];
    let batch = kinesis::commits_of(&event_table, &commits);
    let (letters, deadline) = (InMemoryDeadLetters::default(), Instant::now() + Duration::from_mins(1));
    let project =
        || logged(project_written::<AccountProjection>(&events, &tables, &batch, &letters, deadline));

    db.faults().script([Fault::Throttled]);
    let (response, lines) = project().await;
    assert_eq!(restart(&response), Some(0), "the whole batch is delivered again");
    let counted: Vec<_> = lines.iter().filter(|line| line["Batches"] == 1).collect();
    let [line] = counted.as_slice() else { panic!("a batch has one line: {lines:?}") };
    assert_eq!((&line["operation"], &line["outcome"]), (&"account-projection".into(), &"redelivered".into()));

    assert_eq!(project().await.0, BatchResponse::default());
    let view = Views::<AccountView>::new(db.client(), &blue).get(&account(1)).await.unwrap().unwrap();
    assert_eq!(view.balance, 5);
}
