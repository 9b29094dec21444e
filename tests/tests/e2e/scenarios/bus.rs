//! Tests that events leave the service: the publisher puts them on the event bus, and a rule of the template sends them to
//! a function. The stack must publish (`EventBusName`).

use std::time::Duration;

use e2e::{Aws, notifications_about, target};
use tokio::time::{Instant, sleep};

use crate::scenarios::support::shop;

/// The longest wait for an event to pass the stream, the bus and the function.
const PATIENCE: Duration = Duration::from_mins(2);
/// The pause between two reads of the event table.
const PAUSE: Duration = Duration::from_millis(200);

#[tokio::test]
async fn the_event_of_a_confirmed_order_reaches_the_function_of_its_rule() {
    let shop = shop();
    let aws = Aws::from_target(target().expect("a stack")).expect("AWS clients");
    let order = shop.created().await;
    assert_eq!(shop.confirm(&order).await.status, 200);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = notifications_about(&order, aws.streams().await.expect("streams"));
        match found.as_slice() {
            [commit] => {
                assert_eq!((commit.version, &commit.events[0]["type"]), (1, &"NotificationRequested".into()));
                return;
            }
            [] if Instant::now() < deadline => sleep(PAUSE).await,
            other => panic!("{other:?}"),
        }
    }
}
