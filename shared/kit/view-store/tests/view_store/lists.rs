//! Several sorted partitions as one list, page by page.

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use dynamo::{PK, SK};
use uuid::Uuid;
use view_store::{ItemKey, KeyRange, MergedReading, Piece, Position, Positioned, ReadError, SortedPartition};

use crate::account::{Accounts, at};

#[derive(Debug)]
struct Statement(Position);

impl Positioned for Statement {
    fn position(&self) -> Position {
        self.0
    }
}

fn position(number: u8) -> Position {
    Position { time: at(i64::from(number / 2)), id: Uuid::from_u128(number.into()) }
}

fn owner(owner: u8) -> SortedPartition {
    let key = format!("owner#{owner}");
    SortedPartition { index: None, partition_attribute: PK, sort_attribute: SK, key }
}

/// Accounts with the statements 0 to 29, spread over three owners.
async fn statements() -> Accounts {
    let accounts = Accounts::new().await;
    let put = |number: u8| {
        let key = ItemKey::new(owner(number % 3).key, position(number).to_string());
        let put = PutRequest::builder().set_item(Some(key.attributes())).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    for numbers in [0..15, 15..30] {
        accounts.table.call().write_items(numbers.map(put).collect()).await.unwrap();
    }
    accounts.db.recorder().clear();
    accounts
}

/// The page of `limit` statements that `reading` is for, three for each request, and where the list goes on.
async fn page(
    accounts: &Accounts,
    reading: MergedReading<SortedPartition>,
    limit: usize,
) -> Result<(Vec<u128>, Option<Position>), ReadError> {
    let read = async |partition: &SortedPartition, range: &KeyRange, size| {
        let query = partition.query(&accounts.table, range, size);
        let answer = accounts.table.call().send(query.send()).await?;
        let statement = |item| Ok(Statement(partition.position(item)?));
        let entries = answer.items().iter().map(statement).collect::<Result<_, ReadError>>()?;
        Ok(Piece { entries, unread: partition.unread(answer.last_evaluated_key())? })
    };
    let (page, next) = reading.page(limit, |_, _| 3, read).await?;
    Ok((page.iter().map(|statement| statement.0.id.as_u128()).collect(), next))
}

fn reading(start: Option<Position>) -> MergedReading<SortedPartition> {
    MergedReading { sources: (0..3).map(owner).collect(), from: None, to: None, start, wanted: 8 }
}

#[tokio::test]
async fn pages_are_the_newest_of_all_partitions_one_after_the_other() {
    let accounts = statements().await;
    let (mut found, mut start) = (Vec::new(), None);
    loop {
        let (page, next) = page(&accounts, reading(start), 7).await.unwrap();
        found.extend(page);
        start = next;
        if start.is_none() {
            break;
        }
    }
    assert_eq!(found, (0..30).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_range_of_time_has_its_beginning_and_not_its_end_and_an_empty_one_is_not_asked_for() {
    let accounts = statements().await;
    let between = |from, to| MergedReading { from: Some(at(from)), to: Some(at(to)), ..reading(None) };
    assert_eq!(page(&accounts, between(2, 4), 7).await.unwrap().0, [7, 6, 5, 4]);
    accounts.db.recorder().clear();
    assert_eq!(page(&accounts, between(4, 2), 7).await.unwrap(), (vec![], None));
    assert!(accounts.db.recorder().requests().is_empty());
}
