//! Comparing two generations: items by their keys, and counters by their sums.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use dynamo::{UpdateExpression, text};
use serde_json::json;
use view_store::{
    ComparedTable, CounterKey, CounterPosition, Difference, DynamoParity, DynamoProgress, ItemKey,
    ParityCursor, ReadError, ShardedCounters, counter_shard,
};

use crate::account::{Accounts, key};

/// The number of accounts in each branch, and the number of accounts in each currency of a branch.
const COUNTERS: ShardedCounters = ShardedCounters {
    prefix: "count#",
    shards: 3,
    first: || "count#branches".to_owned(),
    further: |branch| (branch != "?").then(|| format!("count#branch#{branch}")),
};

/// Counters of another kind. They are compared after [`COUNTERS`], although the names of their partitions are less.
const OTHERS: ShardedCounters = ShardedCounters {
    prefix: "aside#",
    shards: 1,
    first: || "aside#zones".to_owned(),
    further: |zone| Some(format!("aside#{zone}")),
};

struct Generations {
    accounts: Accounts,
    built: dynamo::Table,
    parity: DynamoParity,
}

impl Generations {
    /// Two generations with the same three accounts.
    async fn new() -> Self {
        let accounts = Accounts::new().await;
        let built = dynamo::Table::new(accounts.db.client(), accounts.db.query_table().await);
        let names = (built.name(), accounts.views.table.name());
        let parity = DynamoParity::new(accounts.db.client(), names.0, names.1, vec![COUNTERS, OTHERS]);
        let generations = Self { accounts, built, parity };
        for account in 1..=3 {
            for table in [&generations.built, &generations.accounts.views.table] {
                set(table, &key(account), "ada").await;
            }
        }
        generations
    }

    /// How many items were compared, and all differences except those of counters.
    async fn differences(&self) -> (u64, Vec<Difference>) {
        let (mut compared, mut keys, mut cursor) = (0, Vec::new(), ParityCursor::beginning());
        while let ParityCursor::Items { generation, after } = cursor {
            let page = self.parity.page(generation, after.as_ref()).await.unwrap();
            compared += page.compared;
            keys.extend(page.differing);
            cursor = page.next;
        }
        (compared, self.parity.differences(&keys).await.unwrap())
    }

    /// How many counters were compared, and the differences of their sums.
    async fn counters(&self) -> (u64, Vec<Difference>) {
        let (compared, differing) = self.differing_counters().await;
        let differences = self.parity.counter_differences(&differing).await.unwrap();
        (compared, differences.into_iter().map(|(_, difference)| difference).collect())
    }

    /// How many counters were compared, and the counters that differ.
    async fn differing_counters(&self) -> (u64, Vec<CounterKey>) {
        let (mut compared, mut differing) = (0, Vec::new());
        for partition in self.parity.counter_partitions(None).await.unwrap() {
            let page = self.parity.counters(&partition).await.unwrap();
            compared += page.compared;
            differing.extend(page.differing);
        }
        (compared, differing)
    }

    /// The names of the partitions of counters after `after`.
    async fn partitions(&self, after: Option<&str>) -> Vec<String> {
        let partitions = self.parity.counter_partitions(after).await.unwrap();
        partitions.iter().map(|partition| partition.name().to_owned()).collect()
    }

    async fn count(
        &self,
        table: &dynamo::Table,
        (partition, counter, shard): (&str, &str, u8),
        accounts: i64,
    ) {
        let add = UpdateExpression::default().add("accounts", accounts);
        let update = add.request(table, counter_shard(partition, counter, shard).attributes());
        table.call().send(update.send()).await.unwrap();
    }
}

async fn set(table: &dynamo::Table, key: &ItemKey, owner: &str) {
    let set = UpdateExpression::default().set("owner", text(owner));
    table.call().send(set.request(table, key.attributes()).send()).await.unwrap();
}

/// The sums have more than 64 bits and differ by 1. Sums that saturate would be equal.
#[tokio::test]
async fn sums_of_more_than_64_bits_are_compared_exactly() {
    let generations = Generations::new().await;
    for table in [&generations.built, &generations.accounts.views.table] {
        for _ in 0..3 {
            generations.count(table, ("count#branches", "berlin", 0), i64::MAX).await;
        }
    }
    assert_eq!(generations.differing_counters().await, (1, vec![]));
    generations.count(&generations.built, ("count#branches", "berlin", 1), 1).await;
    let (_, differing) = generations.differing_counters().await;
    let differences = generations.parity.counter_differences(&differing).await.unwrap();
    assert_eq!((differing.len(), differences.len()), (1, 1), "{differences:?}");
}

/// `DynamoDB` refuses a batch that names an item twice.
#[tokio::test]
async fn a_repeated_key_is_compared() {
    let generations = Generations::new().await;
    set(&generations.built, &key(1), "bob").await;
    let differences = generations.parity.differences(&[key(1), key(2), key(1)]).await.unwrap();
    assert_eq!(differences.len(), 2, "{differences:?}");
}

#[tokio::test]
async fn differences_are_named_and_found_from_both_generations() {
    let generations = Generations::new().await;
    assert_eq!(
        generations.differences().await,
        (6, vec![]),
        "an item that both generations have is compared twice"
    );
    set(&generations.built, &key(2), "bob").await;
    set(&generations.built, &key(4), "ada").await;
    set(&generations.accounts.views.table, &key(5), "ada").await;
    let (compared, mut differences) = generations.differences().await;
    differences.sort_by_key(|difference| difference.key().clone());
    let owner = BTreeSet::from(["owner".to_owned()]);
    let expected = [
        Difference::Attributes { key: key(2), attributes: owner },
        Difference::MissingInOther(key(4)),
        Difference::MissingInBuilt(key(5)),
    ];
    assert_eq!((compared, &differences[..]), (8, &expected[..]));
}

#[tokio::test]
async fn the_shards_of_a_counter_are_read_again_in_one_request_to_each_table() {
    let generations = Generations::new().await;
    let live = &generations.accounts.views.table;
    for counter in 0..100 {
        generations.count(live, ("count#branches", &format!("branch-{counter:02}"), 1), 1).await;
    }
    let (_, differing) = generations.differing_counters().await;
    generations.count(&generations.built, ("count#branches", "branch-07", 2), 1).await;
    generations.accounts.db.recorder().clear();
    let differences = generations.parity.counter_differences(&differing).await.unwrap();
    assert_eq!((differing.len(), differences.len()), (100, 99), "one counter has become equal");
    // A request has room for the three shards of 33 counters.
    assert_eq!(generations.accounts.db.recorder().requests(), ["BatchGetItem"; 8]);
}

#[tokio::test]
async fn the_timelines_of_views_are_not_compared() {
    let generations = Generations::new().await;
    let set = UpdateExpression::default().set(dynamo::TIMELINE, text("restored"));
    let update = set.request(&generations.built, key(2).attributes());
    generations.built.call().send(update.send()).await.unwrap();
    assert_eq!(generations.differences().await, (6, vec![]));
}

#[tokio::test]
async fn the_progress_of_a_rebuild_is_not_compared() {
    let generations = Generations::new().await;
    let progress = DynamoProgress::new(generations.accounts.db.client(), generations.built.name());
    progress.plan(NonZeroU32::MIN, 1).await.unwrap();
    assert_eq!(generations.differences().await, (6, vec![]));
}

#[tokio::test]
async fn the_counters_of_every_family_are_compared_by_their_sums_over_all_shards() {
    let generations = Generations::new().await;
    let Generations { accounts, built, parity } = &generations;
    for (counter, accounts_there) in [
        (("count#branches", "north", 0), 5),
        (("count#branches", "north", 1), -2),
        (("count#branch#north", "EUR", 2), 3),
    ] {
        generations.count(built, counter, accounts_there).await;
    }
    generations.count(&accounts.views.table, ("count#branches", "north", 2), 3).await;
    assert_eq!(generations.differences().await, (6, vec![]), "counters must not be compared as items");
    let missing = Difference::MissingInOther(ItemKey::new("count#branch#north", "EUR"));
    assert_eq!(generations.counters().await, (2, vec![missing]));
    generations.count(&accounts.views.table, ("count#branch#north", "EUR", 0), 4).await;
    let attributes = BTreeSet::from(["accounts".to_owned()]);
    let differs = Difference::Attributes { key: ItemKey::new("count#branch#north", "EUR"), attributes };
    assert_eq!(generations.counters().await, (2, vec![differs]));
    generations.count(&accounts.views.table, ("count#branches", "?", 0), 1).await;
    assert!(
        matches!(parity.counter_partitions(None).await, Err(ReadError::Corrupt { item, attribute: "sk" }) if item == "?")
    );
}

/// The first partition of a kind comes first, although the names of others are less.
#[tokio::test]
async fn the_partitions_of_counters_are_continued_after_any_of_them() {
    let generations = Generations::new().await;
    let Generations { accounts, built, .. } = &generations;
    for counter in [("count#branches", "north", 0), ("count#branches", "south", 2), ("aside#zones", "a", 0)] {
        generations.count(built, counter, 1).await;
    }
    generations.count(&accounts.views.table, ("count#branches", "east", 1), 1).await;
    let all = generations.partitions(None).await;
    let expected = [
        "count#branches",
        "count#branch#east",
        "count#branch#north",
        "count#branch#south",
        "aside#zones",
        "aside#a",
    ];
    assert_eq!(all, expected);
    for (index, partition) in all.iter().enumerate() {
        assert_eq!(generations.partitions(Some(partition)).await, all[index + 1..], "after {partition}");
    }
    assert_eq!(
        generations.partitions(Some("count#branch#nowhere")).await,
        all[3..],
        "it has no counters now"
    );
    assert_eq!(generations.partitions(Some("other#north")).await, all, "no counter can be there");
}

/// The positions of an earlier release are positions in the items.
#[test]
fn a_position_is_read_from_json_and_written_as_before() {
    let after = json!({"pk": "account#1", "sk": "view"});
    for (position, cursor) in [
        (json!({"generation": "built"}), ParityCursor::beginning()),
        (
            json!({"generation": "other", "after": after}),
            ParityCursor::Items {
                generation: ComparedTable::Other,
                after: Some(ItemKey::new("account#1", "view")),
            },
        ),
        (json!({"counters": {}}), ParityCursor::Counters { counters: CounterPosition { after: None } }),
        (
            json!({"counters": {"after": "count#branches"}}),
            ParityCursor::Counters { counters: CounterPosition { after: Some("count#branches".to_owned()) } },
        ),
    ] {
        assert_eq!(json!(cursor), position);
        assert_eq!(serde_json::from_value::<ParityCursor>(position).unwrap(), cursor);
    }
    for wrong in [
        json!({}),
        json!({"generation": "green"}),
        json!({"generation": "built", "counters": {}}),
        json!({"counters": {"before": "count#branches"}}),
        json!({"generation": "built", "place": after}),
    ] {
        let refused = serde_json::from_value::<ParityCursor>(wrong.clone()).unwrap_err().to_string();
        assert!(refused.contains("the member generation (\"built\" or \"other\")"), "{wrong}: {refused}");
    }
}
