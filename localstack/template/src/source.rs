//! The sources that event source mappings read.

use stack_base::account::{name_of_arn, queue_arn, stream_arn, stream_of_consumer, table_stream_arn};

/// What an event source mapping reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventSource {
    /// A Kinesis stream.
    Kinesis {
        /// Physical name of the stream.
        stream: String,
        /// ARN of the mapping's own consumer; `None` if it shares the stream's read limit with all other readers.
        consumer_arn: Option<String>,
    },
    /// The stream with the changes of a `DynamoDB` table.
    DynamoDb {
        /// Physical name of the table.
        table: String,
    },
    /// A standard SQS queue.
    Sqs {
        /// Physical name of the queue.
        queue: String,
    },
}

impl EventSource {
    /// The source with this ARN: a stream, a consumer of a stream, the stream of a table, or a queue.
    #[must_use]
    pub fn from_arn(arn: &str) -> Option<Self> {
        let [_, _, service, _, _, resource] = arn.splitn(6, ':').collect::<Vec<_>>().try_into().ok()?;
        match service {
            "kinesis" => {
                let consumer = stream_of_consumer(arn);
                Some(Self::Kinesis {
                    stream: name_of_arn(consumer.unwrap_or(arn)).to_owned(),
                    consumer_arn: consumer.is_some().then(|| arn.to_owned()),
                })
            }
            "dynamodb" => {
                let (table, _) = resource.strip_prefix("table/")?.split_once("/stream/")?;
                Some(Self::DynamoDb { table: table.to_owned() })
            }
            "sqs" => Some(Self::Sqs { queue: resource.to_owned() }),
            _ => None,
        }
    }

    /// The ARN that events and the API of event source mappings give for the source.
    #[must_use]
    pub fn arn(&self) -> String {
        match self {
            Self::Kinesis { consumer_arn: Some(consumer), .. } => consumer.clone(),
            Self::Kinesis { stream, consumer_arn: None } => stream_arn(stream),
            Self::DynamoDb { table } => table_stream_arn(table),
            Self::Sqs { queue } => queue_arn(queue),
        }
    }

    /// Name under which the stack stores the source's records. The slash keeps the changes of tables apart from Kinesis
    /// streams, whose names have none.
    #[must_use]
    pub fn record_stream(&self) -> String {
        match self {
            Self::Kinesis { stream, .. } => stream.clone(),
            Self::DynamoDb { table } => format!("table/{table}"),
            Self::Sqs { queue } => format!("queue/{queue}"),
        }
    }

    /// Physical name of the stream, table or queue.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Kinesis { stream: name, .. }
            | Self::DynamoDb { table: name }
            | Self::Sqs { queue: name } => name,
        }
    }
}
