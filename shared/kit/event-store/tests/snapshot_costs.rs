//! What commands on a long stream with snapshots cost, in requests and in the capacity that DynamoDB reports.
#![cfg(test)]

mod account;

use es_core::{Decider, KEY_LIFETIME, Timestamp, execute};
use event_store::DynamoEventStore;
use testing::dynamodb::LocalDynamoDb;

use crate::account::{Account, account, receive};

/// What commands cost on average, and the read units of the most expensive one.
struct Costs {
    requests: f64,
    write_units: f64,
    most_read_units: f64,
}

/// The costs of a command on a stream in which a day has `commits_a_day` commits. The stream is long enough that all of
/// its snapshots are as large as they ever become.
async fn costs(commits_a_day: u32) -> Costs {
    let dynamodb = LocalDynamoDb::start().await;
    let (store, stream) = (DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await), account());
    let start = Timestamp::from_micros(1_798_761_600_000_000).unwrap();
    let (recorder, every) = (dynamodb.recorder(), u32::from(Account::SNAPSHOT.every.get()));
    let (warm_up, measured) = (commits_a_day * 25 / 24 + every, 2 * every);
    let (mut requests, mut write_units, mut most_read_units) = (0, 0.0, 0.0_f64);
    for number in 0..warm_up + measured {
        let age = KEY_LIFETIME / commits_a_day * number;
        let at = Timestamp::from_micros(start.micros() + i64::try_from(age.as_micros()).unwrap()).unwrap();
        recorder.clear();
        // The keys are as long as UUIDs. They are the same in each run, because two random keys may have the same tag,
        // and a command with such a key makes one more request.
        let key = format!("a-key-that-has-the-number-{number:010}");
        let execution = receive(&stream, &key, at);
        execute::<Account, _>(&store, execution).await.unwrap();
        if number >= warm_up {
            requests += u32::try_from(recorder.requests().len()).unwrap();
            write_units += recorder.write_units();
            most_read_units = most_read_units.max(recorder.read_units());
        }
    }
    let measured = f64::from(measured);
    Costs { requests: f64::from(requests) / measured, write_units: write_units / measured, most_read_units }
}

#[tokio::test]
async fn a_command_on_a_long_stream_costs_two_requests_three_read_units_and_little_more_than_a_write_unit() {
    for commits_a_day in [64, 256] {
        let Costs { requests, write_units, most_read_units } = costs(commits_a_day).await;
        assert!((requests - 2.0).abs() < f64::EPSILON, "{commits_a_day} a day: {requests} requests");
        assert!(write_units <= 1.3, "{commits_a_day} a day: {write_units} write units");
        assert!(most_read_units <= 3.0, "{commits_a_day} a day: {most_read_units} read units");
    }
}
