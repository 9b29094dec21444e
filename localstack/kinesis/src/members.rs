//! The members of each operation's request with their constraints (Kinesis API reference, "Request Parameters").

use super::constraints::Kind::{Blob, Integer, List, Structure, Text, Timestamp};
use super::constraints::Presence::{Optional, Required, RequiredWithout};
use super::constraints::{Constraint, Kind, Member, Presence};
use super::records::MAXIMUM_DATA;

const NAME: &[Constraint] = &[Constraint::Name, Constraint::MinimumLength(1), Constraint::MaximumLength(128)];
const PAGE: &[Constraint] = &[Constraint::Minimum(1), Constraint::Maximum(10_000)];
const TOKEN: &[Constraint] = &[Constraint::MinimumLength(1), Constraint::MaximumLength(1_048_576)];
const SEQUENCE_NUMBER: &[Constraint] = &[Constraint::Number(128)];
const PARTITION_KEY: &[Constraint] = &[Constraint::MinimumLength(1), Constraint::MaximumLength(256)];
const HASH_KEY: &[Constraint] = &[Constraint::Number(38)];
const DATA: &[Constraint] = &[Constraint::MaximumLength(MAXIMUM_DATA)];
const ITERATOR_TYPE: &[Constraint] = &[Constraint::OneOf(&[
    "AFTER_SEQUENCE_NUMBER",
    "LATEST",
    "AT_TIMESTAMP",
    "AT_SEQUENCE_NUMBER",
    "TRIM_HORIZON",
])];
const FILTER_TYPE: &[Constraint] = &[Constraint::OneOf(&[
    "AFTER_SHARD_ID",
    "AT_TRIM_HORIZON",
    "FROM_TRIM_HORIZON",
    "AT_LATEST",
    "AT_TIMESTAMP",
    "FROM_TIMESTAMP",
])];

const fn member(
    name: &'static str,
    kind: Kind,
    presence: Presence,
    constraints: &'static [Constraint],
) -> Member {
    Member { name, kind, presence, constraints }
}

/// An operation on a stream names it, or gives its ARN instead.
const STREAM_NAME: Member = member("StreamName", Text, RequiredWithout("StreamARN"), NAME);
const STREAM_ARN: Member = member(
    "StreamARN",
    Text,
    Optional,
    &[Constraint::StreamArn, Constraint::MinimumLength(1), Constraint::MaximumLength(2048)],
);

const DESCRIBE_STREAM: &[Member] = &[
    member("Limit", Integer, Optional, PAGE),
    member("ExclusiveStartShardId", Text, Optional, NAME),
    STREAM_NAME,
    STREAM_ARN,
];
const DESCRIBE_STREAM_SUMMARY: &[Member] = &[STREAM_NAME, STREAM_ARN];
const GET_RECORDS: &[Member] = &[
    member("Limit", Integer, Optional, PAGE),
    member("ShardIterator", Text, Required, &[Constraint::MinimumLength(1), Constraint::MaximumLength(512)]),
    STREAM_ARN,
];
const GET_SHARD_ITERATOR: &[Member] = &[
    member("ShardId", Text, Required, NAME),
    member("ShardIteratorType", Text, Required, ITERATOR_TYPE),
    member("StartingSequenceNumber", Text, Optional, SEQUENCE_NUMBER),
    STREAM_NAME,
    STREAM_ARN,
    member("Timestamp", Timestamp, Optional, &[]),
];
const LIST_SHARDS: &[Member] = &[
    member("MaxResults", Integer, Optional, PAGE),
    member("ExclusiveStartShardId", Text, Optional, NAME),
    member("StreamName", Text, Optional, NAME),
    STREAM_ARN,
    member("NextToken", Text, Optional, TOKEN),
    member("StreamCreationTimestamp", Timestamp, Optional, &[]),
    member(
        "ShardFilter",
        Structure(&[
            member("Type", Text, Required, FILTER_TYPE),
            member("ShardId", Text, Optional, NAME),
            member("Timestamp", Timestamp, Optional, &[]),
        ]),
        Optional,
        &[],
    ),
];
const LIST_STREAMS: &[Member] = &[
    member("Limit", Integer, Optional, PAGE),
    member("ExclusiveStartStreamName", Text, Optional, NAME),
    member("NextToken", Text, Optional, TOKEN),
];
const PUT_RECORD: &[Member] = &[
    member("SequenceNumberForOrdering", Text, Optional, SEQUENCE_NUMBER),
    member("PartitionKey", Text, Required, PARTITION_KEY),
    member("ExplicitHashKey", Text, Optional, HASH_KEY),
    member("Data", Blob, Required, DATA),
    STREAM_NAME,
    STREAM_ARN,
];
const PUT_RECORDS: &[Member] = &[
    member(
        "Records",
        List(
            &[
                member("PartitionKey", Text, Required, PARTITION_KEY),
                member("ExplicitHashKey", Text, Optional, HASH_KEY),
                member("Data", Blob, Required, DATA),
            ],
            "com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@c965e310",
        ),
        Required,
        &[Constraint::MinimumLength(1), Constraint::MaximumLength(500)],
    ),
    STREAM_NAME,
    STREAM_ARN,
];
const UPDATE_SHARD_COUNT: &[Member] = &[
    member("TargetShardCount", Integer, Required, &[Constraint::Minimum(1)]),
    member("ScalingType", Text, Required, &[Constraint::OneOf(&["UNIFORM_SCALING"])]),
    STREAM_NAME,
    STREAM_ARN,
];

/// The members of an operation's request; none if the stack does not serve the operation.
pub(super) fn of(operation: &str) -> &'static [Member] {
    match operation {
        "DescribeStream" => DESCRIBE_STREAM,
        "DescribeStreamSummary" => DESCRIBE_STREAM_SUMMARY,
        "GetRecords" => GET_RECORDS,
        "GetShardIterator" => GET_SHARD_ITERATOR,
        "ListShards" => LIST_SHARDS,
        "ListStreams" => LIST_STREAMS,
        "PutRecord" => PUT_RECORD,
        "PutRecords" => PUT_RECORDS,
        "UpdateShardCount" => UPDATE_SHARD_COUNT,
        _ => &[],
    }
}
