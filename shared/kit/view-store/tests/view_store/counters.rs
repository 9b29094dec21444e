//! The sums of sharded counters.

use dynamo::{Table, UpdateExpression};
use view_store::{Consistency, CounterSums, Sums, counter_shard, counter_sums};

use crate::account::Accounts;

async fn add(table: &Table, (partition, counter, shard): (&str, &str, u8), attribute: &str, amount: i64) {
    let add = UpdateExpression::default().add(attribute, amount);
    let add = add.request(table, counter_shard(partition, counter, shard).attributes());
    table.call().send(add.send()).await.unwrap();
}

#[tokio::test]
async fn counters_of_the_same_name_are_added_up_and_sums_of_0_are_left_out() {
    let accounts = Accounts::new().await;
    let table = &accounts.views.table;
    for (shard, attribute, amount) in [
        (("count#2027", "north", 0), "accounts", 5),
        (("count#2027", "north", 1), "accounts", -2),
        (("count#2028", "north", 0), "accounts", 4),
        (("count#2027", "north", 0), "closed", 1),
        (("count#2028", "north", 2), "closed", -1),
        (("count#2027", "south", 0), "accounts", 3),
        (("count#2027", "south", 1), "accounts", -3),
        (("count#2027", "west", 0), "accounts", 1),
        (("count#2029", "north", 0), "accounts", 9),
    ] {
        add(table, shard, attribute, amount).await;
    }
    let partitions = vec!["count#2027".to_owned(), "count#2028".to_owned()];
    let sums = counter_sums(table, partitions, ("a", "v"), Consistency::Strong, "operator").await.unwrap();
    let north = Sums::from([("accounts".to_owned(), 7)]);
    assert_eq!(sums, CounterSums::from([("north".to_owned(), north)]));
}
