//! A table, and requests to the table that ask for the consumed capacity.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use crate::{AttributeMap, Item};

/// The attribute of a checkpoint that holds its timeline: the name of the event table from which its view was made.
pub const TIMELINE: &str = "timeline";

/// One DynamoDB table. Clones share the client's connections. The client defines the timeouts and retries.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
    pub(crate) timeline: Option<String>,
}

impl Table {
    /// The table `name`. `client` reaches DynamoDB.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), timeline: None }
    }

    /// The same table, whose checkpoints are on `timeline`. A checkpoint then only moves if its item is on the same
    /// timeline or names none.
    #[must_use]
    pub fn on_timeline(self, timeline: impl Into<String>) -> Self {
        Self { timeline: Some(timeline.into()), ..self }
    }

    /// Whether `item` is on another timeline than this table's checkpoints. An item without a timeline is on every
    /// timeline, because it was written before checkpoints had one.
    #[must_use]
    pub fn is_on_another_timeline(&self, item: &AttributeMap) -> bool {
        let found = Item(item).optional(TIMELINE);
        found.zip(self.timeline.as_deref()).is_some_and(|(found, own)| found != own)
    }

    /// The timeline of the table's checkpoints, if they have one.
    #[must_use]
    pub fn timeline(&self) -> Option<&str> {
        self.timeline.as_deref()
    }

    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A `Query` of the table.
    #[must_use]
    pub fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.name).return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// A `Scan` of the table.
    #[must_use]
    pub fn scan(&self) -> ScanFluentBuilder {
        self.client.scan().table_name(&self.name).return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// A `GetItem` of the table.
    #[must_use]
    pub fn get_item(&self) -> GetItemFluentBuilder {
        self.client.get_item().table_name(&self.name).return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// A `PutItem` to the table.
    #[must_use]
    pub fn put_item(&self) -> PutItemFluentBuilder {
        self.client.put_item().table_name(&self.name).return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// An `UpdateItem` of the table.
    #[must_use]
    pub fn update_item(&self) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }
}
