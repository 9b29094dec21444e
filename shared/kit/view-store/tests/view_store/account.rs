//! The views of bank accounts that the tests use, and a table for them.

use es_core::{Applied, Category, StreamId, StreamVersion, Timestamp, ViewWriter, WriteError};
use serde::{Deserialize, Serialize};
use testing::dynamodb::LocalDynamoDb;
use uuid::Uuid;
use view_store::{Change, DynamoCheckpoints, ItemKey, QueryTable, ReadError, StoredChange, View, Views};

/// A deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deposit {
    pub(crate) cents: i64,
    pub(crate) by: Option<String>,
}

/// The view of an account.
#[derive(Debug, Clone, PartialEq, Eq, View)]
#[view(partition = "account")]
pub(crate) struct AccountView {
    pub(crate) version: StreamVersion,
    /// The balance.
    #[view(opening)]
    pub(crate) balance: i64,
    /// The owner, if the owner is known.
    pub(crate) owner: Option<String>,
    /// The deposits, oldest first.
    pub(crate) deposits: Vec<Deposit>,
    /// What the account is used for.
    #[view(json)]
    pub(crate) purposes: Vec<String>,
}

/// A local DynamoDB with an empty query table.
pub(crate) struct Accounts {
    pub(crate) db: LocalDynamoDb,
    pub(crate) views: Views<AccountView>,
}

impl Accounts {
    pub(crate) async fn new() -> Self {
        let db = LocalDynamoDb::start().await;
        let views = Views::new(db.client(), db.query_table().await);
        Self { db, views }
    }

    /// Moves the view of `account` from version `after` to `to`, and sets `balance` if it is given.
    pub(crate) async fn apply(
        &self,
        account: u128,
        balance: Option<i64>,
        (after, to): (u64, u64),
    ) -> Result<Applied, WriteError> {
        let change = balance.iter().fold(Change::default(), |change, cents| {
            let change = change.set(AccountView::BALANCE, cents);
            change.set(AccountView::DEPOSITS, &Vec::new()).set(AccountView::PURPOSES, &Vec::new())
        });
        let (after, to) = (StreamVersion::new(after), StreamVersion::new(to));
        self.views.apply(&stream(account), &change, after, to).await
    }

    pub(crate) fn query_table(&self, timeline: &str) -> QueryTable {
        let (client, name) = (self.db.client(), self.views.table.name().to_owned());
        QueryTable { client, name, timeline: timeline.to_owned() }
    }

    /// The checkpoints of the views that are made from the event table `timeline`.
    pub(crate) fn checkpoints_of(&self, timeline: &str) -> DynamoCheckpoints {
        self.query_table(timeline).into()
    }

    /// Moves the view of `account` from version `after` to `to`, as a projection of the event table `timeline` does.
    pub(crate) async fn apply_from(
        &self,
        timeline: &str,
        account: u128,
        (after, to): (u64, u64),
    ) -> Result<Applied, WriteError> {
        let views = Change::<AccountView>::writer(self.query_table(timeline));
        let (after, to) = (StreamVersion::new(after), StreamVersion::new(to));
        views.apply(&stream(account), &Change::default(), after, to).await
    }

    /// The version and the balance in the view of `account`.
    pub(crate) async fn read(&self, account: u128) -> Result<Option<(u64, i64)>, ReadError> {
        let view = self.views.get(&stream(account)).await?;
        Ok(view.map(|view| (view.version.get(), view.balance)))
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
