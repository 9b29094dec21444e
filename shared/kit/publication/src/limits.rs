//! The limits of a request to the bus.

/// The maximum number of entries in one request.
///
/// Source: Amazon `EventBridge` API Reference, `PutEvents`.
pub const MAX_ENTRIES: usize = 10;

/// The maximum size of an entry, and of all entries of one request together: 256 KB.
///
/// AWS raised the limit from 256 KB to 1 MB on 29 January 2026, but not every target of a rule, partition of AWS and
/// local stand-in has the new limit. A commit has at most 400 KB, so few events are larger than 256 KB. They carry a
/// reference to their data.
///
/// Sources: AWS Compute Blog, "More room to build: serverless services now support payloads up to 1 MB"; Amazon
/// `EventBridge` User Guide of the China Regions, "Calculating Amazon `EventBridge` `PutEvents` event entry size".
pub const MAX_BYTES: usize = 256 * 1_024 - 1;
