//! List prices in US dollars, in the region us-east-1 without a free tier, as published in July 2025.
//!
//! Sources: the pricing pages of AWS Lambda, Amazon API Gateway (HTTP API), Amazon DynamoDB (on-demand), Amazon Kinesis
//! Data Streams, Amazon CloudWatch, AWS X-Ray, AWS Key Management Service and Amazon Cognito.

/// A million requests to an HTTP API, each of at most 512 KB.
pub(crate) const API_REQUESTS: f64 = 1.0;
/// A million requests to Lambda.
pub(crate) const INVOCATIONS: f64 = 0.20;
/// A second of an arm64 function with 1,024 MB.
pub(crate) const GIGABYTE_SECOND: f64 = 0.000_013_333_4;
/// A million write units of an on-demand table.
pub(crate) const WRITE_UNITS: f64 = 0.625;
/// A million read units of an on-demand table. A consistent read of 4 KB takes one unit.
pub(crate) const READ_UNITS: f64 = 0.125;
/// A million change data capture units, each of 1 KB of a changed item.
pub(crate) const CHANGE_UNITS: f64 = 0.10;
/// A gigabyte that is written to an on-demand stream. Each record counts as whole kilobytes.
pub(crate) const STREAM_IN: f64 = 0.08;
/// A gigabyte that a consumer reads from an on-demand stream.
pub(crate) const STREAM_OUT: f64 = 0.04;
/// A gigabyte that a consumer with enhanced fan-out reads from an on-demand stream.
pub(crate) const STREAM_FAN_OUT: f64 = 0.05;
/// An hour of an on-demand stream.
pub(crate) const STREAM_HOUR: f64 = 0.04;
/// An hour of a shard of a provisioned stream.
pub(crate) const SHARD_HOUR: f64 = 0.015;
/// An hour of a consumer with enhanced fan-out on one shard of a provisioned stream.
pub(crate) const CONSUMER_SHARD_HOUR: f64 = 0.015;
/// A gigabyte that a consumer with enhanced fan-out reads from a provisioned stream.
pub(crate) const SHARD_FAN_OUT: f64 = 0.013;
/// A million payload units of 25 KB that are written to a provisioned stream.
pub(crate) const PAYLOAD_UNITS: f64 = 0.014;
/// A gigabyte of ingested logs.
pub(crate) const LOGS: f64 = 0.50;
/// A month of one custom metric.
pub(crate) const METRIC: f64 = 0.30;
/// A month of one metric in an alarm.
pub(crate) const ALARM_METRIC: f64 = 0.10;
/// A month of a composite alarm.
pub(crate) const COMPOSITE_ALARM: f64 = 0.50;
/// A month of a dashboard.
pub(crate) const DASHBOARD: f64 = 3.0;
/// A million traces that X-Ray records.
pub(crate) const TRACES: f64 = 5.0;
/// A month of a gigabyte in a table.
pub(crate) const STORAGE: f64 = 0.25;
/// A month of a gigabyte of a table with point-in-time recovery.
pub(crate) const RECOVERY: f64 = 0.20;
/// The hours of a month, as AWS's calculator counts them.
pub(crate) const HOURS: f64 = 730.0;
/// The bytes of a gigabyte.
pub(crate) const GIGABYTE: f64 = 1_073_741_824.0;
