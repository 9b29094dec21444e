//! Conditional writes: checkpoints, and the expressions of updates.

use dynamo::{ConditionalWrite, Item, TIMELINE, Table, UpdateExpression, number, text};
use es_core::StreamVersion;

use crate::{key, started};

#[tokio::test]
async fn a_checkpoint_moves_only_from_its_version_and_a_refused_update_returns_the_item() {
    let (_db, table) = started().await;
    let moved = async |after, to| {
        let update = UpdateExpression::default().set("owner", text("ada")).add("balance", 5);
        let update =
            update.move_checkpoint(&table, "version", StreamVersion::new(after), StreamVersion::new(to));
        table.call().update_if(update.request(&table, key(1))).await.unwrap()
    };
    assert_eq!(moved(1, 2).await, ConditionalWrite::Refused(None));
    assert_eq!(moved(0, 2).await, ConditionalWrite::Written);
    assert_eq!(moved(2, 3).await, ConditionalWrite::Written);
    let ConditionalWrite::Refused(Some(item)) = moved(0, 1).await else {
        panic!("the update must be refused")
    };
    let item = Item(&item);
    assert_eq!(
        (item.number("version"), item.number("balance"), item.text("owner")),
        (Ok(3), Ok(10), Ok("ada"))
    );
}

#[tokio::test]
async fn a_checkpoint_moves_only_on_its_timeline_and_an_item_without_one_is_adopted() {
    let (_db, table) = started().await;
    let on = |timeline: &str| table.clone().on_timeline(timeline);
    let moved = async |table: &Table, after, to| {
        let update = UpdateExpression::default();
        let update =
            update.move_checkpoint(table, "version", StreamVersion::new(after), StreamVersion::new(to));
        table.call().update_if(update.request(table, key(1))).await.unwrap()
    };
    assert_eq!((table.timeline(), on("events").timeline()), (None, Some("events")));
    assert_eq!(moved(&table, 0, 1).await, ConditionalWrite::Written);
    assert_eq!(moved(&on("events"), 1, 2).await, ConditionalWrite::Written, "an item without a timeline");
    assert_eq!(moved(&on("events"), 2, 3).await, ConditionalWrite::Written);
    let ConditionalWrite::Refused(Some(item)) = moved(&on("restored"), 3, 4).await else {
        panic!("the item is on another timeline")
    };
    assert_eq!((Item(&item).number("version"), Item(&item).text(TIMELINE)), (Ok(3), Ok("events")));
    assert!(on("restored").is_on_another_timeline(&item));
    assert!(!on("events").is_on_another_timeline(&item) && !table.is_on_another_timeline(&item));
}

#[tokio::test]
async fn an_update_changes_every_named_attribute_if_all_its_conditions_hold() {
    let (_db, table) = started().await;
    let update = UpdateExpression::default;
    for (update, is_written) in [
        (update().require_number("visits", 1).add("visits", 1), false),
        (update().require_number("visits", 0).add("visits", 1).set("owner", text("ada")), true),
        (update().require_number("visits", 0).add("visits", 1), false),
        (update().require_number("visits", 1).add("visits", 1).append("log", vec![text("second")]), true),
        (update().require("owner", text("bob")).append("log", vec![text("refused")]), false),
        (update().append("log", vec![text("third"), text("last")]).require("owner", text("ada")), true),
        (update().set("closed", text("today")).remove("owner"), true),
    ] {
        let written = table.call().update_if(update.clone().request(&table, key(1))).await.unwrap();
        assert_eq!(written == ConditionalWrite::Written, is_written, "{update:?}");
    }
    let read = table.get_item().set_key(Some(key(1)));
    let item = table.call().send(read.send()).await.unwrap().item.unwrap();
    let item = Item(&item);
    assert_eq!((item.number("visits"), item.text("closed")), (Ok(2), Ok("today")));
    assert_eq!((item.optional("owner"), item.has("owner")), (None, false));
    let log = ["second", "third", "last"].map(str::to_owned);
    assert_eq!(item.value::<Vec<String>>("log").as_deref(), Ok(log.as_slice()));
}

#[tokio::test]
async fn a_refused_put_returns_the_item() {
    let (_db, table) = started().await;
    let put = async |balance: i64| {
        let put = table.put_item().set_item(Some(key(1))).item("balance", number(balance));
        table.call().put_if(put.condition_expression("attribute_not_exists(pk)")).await.unwrap()
    };
    assert_eq!(put(5).await, ConditionalWrite::Written);
    let ConditionalWrite::Refused(Some(item)) = put(7).await else { panic!("the put must be refused") };
    assert_eq!(Item(&item).number("balance"), Ok(5));
}
