//! The DynamoDB change record on Kinesis: batches, commits, failures.
