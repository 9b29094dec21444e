//! Tests the reaction that opens a paper crane after each `PaperBoatLaunched`.

use reactions::PressFlower;
use testing::reaction::contract;

#[tokio::test]
async fn an_event_opens_a_paper_crane_exactly_once() {
    contract::<PressFlower>().await;
}
