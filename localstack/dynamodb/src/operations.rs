//! The operations that the stack serves of `DynamoDB` and of `DynamoDB` Streams.

/// Operations of `DynamoDB`: those of the engine, and those of [`Destinations`](crate::Destinations).
const DYNAMODB: &[&str] = &[
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "CreateTable",
    "DeleteItem",
    "DeleteTable",
    "DescribeContinuousBackups",
    "DescribeKinesisStreamingDestination",
    "DescribeTable",
    "DescribeTimeToLive",
    "EnableKinesisStreamingDestination",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetItem",
    "ListTables",
    "ListTagsOfResource",
    "PutItem",
    "Query",
    "Scan",
    "TagResource",
    "TransactGetItems",
    "TransactWriteItems",
    "UntagResource",
    "UpdateItem",
    "UpdateTable",
    "UpdateTimeToLive",
];

/// Operations of `DynamoDB` Streams, which the engine serves.
const STREAMS: &[&str] = &["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];

/// The two APIs of `DynamoDB`. Both use the same address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// Tables and items.
    DynamoDb,
    /// The change streams of tables.
    Streams,
}

impl Api {
    /// Name of the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB",
            Self::Streams => "DynamoDB Streams",
        }
    }

    /// The operations that the stack serves.
    #[must_use]
    pub fn operations(self) -> &'static [&'static str] {
        match self {
            Self::DynamoDb => DYNAMODB,
            Self::Streams => STREAMS,
        }
    }
}
