//! Views of bank accounts, and a table to write them to.

use dynamo::{Item, number};
use es_core::{Applied, Category, StreamId, StreamVersion, Timestamp, WriteError};
use testing::dynamodb::LocalDynamoDb;
use uuid::Uuid;
use view_store::{ItemKey, ReadError, VERSION, ViewUpdate, read_view, write_view};

/// A DynamoDB with an empty query table.
pub(crate) struct Accounts {
    pub(crate) db: LocalDynamoDb,
    pub(crate) table: dynamo::Table,
}

impl Accounts {
    pub(crate) async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let table = dynamo::Table::new(db.client(), db.query_table().await);
        Self { db, table }
    }

    /// Moves the view of `account` from version `after` to `to`, with this balance if there is one.
    pub(crate) async fn apply(
        &self,
        account: u128,
        balance: Option<i64>,
        (after, to): (u64, u64),
    ) -> Result<Applied, WriteError> {
        let (stream, attributes) = (&stream(account), balance.iter().map(|cents| ("balance", number(cents))));
        let (after, to) = (StreamVersion::new(after), StreamVersion::new(to));
        let update = ViewUpdate { stream, key: key(account), attributes: attributes.collect(), after, to };
        write_view(&self.table, update).await
    }

    /// Version and balance in the view of `account`.
    pub(crate) async fn read(&self, account: u128) -> Result<Option<(u64, i64)>, ReadError> {
        let item = read_view(&self.table, &stream(account), key(account)).await?;
        let read = |item| Ok((Item(item).number(VERSION)?, Item(item).number("balance")?));
        item.as_ref().map(read).transpose()
    }
}

pub(crate) fn stream(account: u128) -> StreamId {
    StreamId::new(Category::new("account"), Uuid::from_u128(account))
}

pub(crate) fn key(account: u128) -> ItemKey {
    ItemKey::new(format!("account#{}", Uuid::from_u128(account)), "view")
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}
