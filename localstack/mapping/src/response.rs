//! Interprets a function's response for its batch.

use serde_json::Value;
use stack_kinesis::Record;
use stack_lambda::Invocation;

/// Result of delivering a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All records are finished.
    Succeeded,
    /// The records before this index are finished. The record at this index and those after it are not.
    FailedFrom(usize),
    /// No record is finished.
    Failed,
}

/// Interprets the response. The payload counts only if the mapping `reports` batch item failures. Then an empty
/// payload, null, an empty map, and an empty or null list mean success. A malformed payload, or one that names a record
/// outside the batch, fails the whole batch.
pub(super) fn verdict(invocation: &Invocation, reports: bool, records: &[Record]) -> Verdict {
    if invocation.function_error.is_some() {
        return Verdict::Failed;
    }
    if !reports || invocation.payload.is_empty() {
        return Verdict::Succeeded;
    }
    match serde_json::from_slice(&invocation.payload) {
        Ok(Value::Null) => Verdict::Succeeded,
        Ok(Value::Object(response)) => match response.get("batchItemFailures") {
            None if !response.is_empty() => Verdict::Failed,
            None | Some(Value::Null) => Verdict::Succeeded,
            Some(Value::Array(failures)) => lowest(failures, records),
            Some(_) => Verdict::Failed,
        },
        _ => Verdict::Failed,
    }
}

fn lowest(failures: &[Value], records: &[Record]) -> Verdict {
    let index_of = |failure: &Value| {
        let identifier = failure.get("itemIdentifier")?.as_str()?;
        records.iter().position(|record| record.number == identifier)
    };
    let indexes: Option<Vec<usize>> = failures.iter().map(index_of).collect();
    match indexes {
        None => Verdict::Failed,
        Some(indexes) => indexes.into_iter().min().map_or(Verdict::Succeeded, Verdict::FailedFrom),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Verdict, verdict};
    use stack_kinesis::{Record, SequenceNumber};
    use stack_lambda::Invocation;

    fn read(payload: &str, error: Option<&str>, reports: bool) -> Verdict {
        let record = |number| Record {
            sequence: SequenceNumber(number),
            number: number.to_string(),
            partition_key: String::new(),
            data: Vec::new(),
            arrived_ms: 0,
        };
        let invocation = Invocation {
            payload: Bytes::from(payload.to_owned()),
            function_error: error.map(str::to_owned),
            ..Invocation::default()
        };
        verdict(&invocation, reports, &[record(5), record(6), record(7)])
    }

    fn failures(identifiers: &[&str]) -> String {
        let failures: Vec<_> =
            identifiers.iter().map(|identifier| format!(r#"{{"itemIdentifier":{identifier}}}"#)).collect();
        format!(r#"{{"batchItemFailures":[{}]}}"#, failures.join(","))
    }

    fn quoted(number: i64) -> String {
        format!("\"{number}\"")
    }

    #[test]
    fn an_empty_report_is_success() {
        for payload in ["", "null", "{}", r#"{"batchItemFailures":null}"#, r#"{"batchItemFailures":[]}"#] {
            assert_eq!(read(payload, None, true), Verdict::Succeeded, "{payload}");
        }
    }

    #[test]
    fn the_batch_fails_from_the_lowest_reported_record() {
        let payload = failures(&[&quoted(7), &quoted(6)]);
        assert_eq!(read(&payload, None, true), Verdict::FailedFrom(1));
    }

    #[test]
    fn an_unknown_identifier_fails_the_batch() {
        for identifier in ["null", "\"\"", "\"49\"", &quoted(9)] {
            let payload = failures(&[&quoted(6), identifier]);
            assert_eq!(read(&payload, None, true), Verdict::Failed, "{payload}");
        }
        for payload in ["\"done\"", "[]", "not json", r#"{"batchItemFailures":7}"#, r#"{"failures":[]}"#] {
            assert_eq!(read(payload, None, true), Verdict::Failed, "{payload}");
        }
    }

    #[test]
    fn without_reporting_only_a_function_error_counts() {
        assert_eq!(read(&failures(&[&quoted(6)]), None, false), Verdict::Succeeded);
        assert_eq!(read("{}", Some("Unhandled"), false), Verdict::Failed);
        assert_eq!(read("{}", Some("Unhandled"), true), Verdict::Failed);
    }
}
