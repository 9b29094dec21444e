//! Interprets a function's response for its batch.

use serde_json::Value;
use stack_lambda::Invocation;

/// Result of delivering a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All records are finished.
    Succeeded,
    /// The records with these indexes, in ascending order, are not finished. At least one index is here.
    Partly(Vec<usize>),
    /// No record is finished.
    Failed,
}

/// Interprets the response to a batch whose records have these identifiers. The payload counts only if the mapping
/// `reports` batch item failures. Then every empty value means success: no payload, null, an empty map, list or text, and
/// an empty or null list of failures. A malformed payload, or one that names a record outside the batch, fails the whole
/// batch.
pub(super) fn verdict(invocation: &Invocation, reports: bool, identifiers: &[String]) -> Verdict {
    if invocation.function_error.is_some() {
        return Verdict::Failed;
    }
    if !reports || invocation.payload.is_empty() {
        return Verdict::Succeeded;
    }
    match serde_json::from_slice(&invocation.payload) {
        Ok(Value::Null) => Verdict::Succeeded,
        Ok(Value::Array(list)) if list.is_empty() => Verdict::Succeeded,
        Ok(Value::String(text)) if text.is_empty() => Verdict::Succeeded,
        Ok(Value::Object(response)) => match response.get("batchItemFailures") {
            None if !response.is_empty() => Verdict::Failed,
            None | Some(Value::Null) => Verdict::Succeeded,
            Some(Value::Array(failures)) => reported(failures, identifiers),
            Some(_) => Verdict::Failed,
        },
        _ => Verdict::Failed,
    }
}

fn reported(failures: &[Value], identifiers: &[String]) -> Verdict {
    let index_of = |failure: &Value| {
        let reported = failure.get("itemIdentifier")?.as_str()?;
        identifiers.iter().position(|identifier| identifier == reported)
    };
    match failures.iter().map(index_of).collect::<Option<Vec<usize>>>() {
        None => Verdict::Failed,
        Some(indexes) if indexes.is_empty() => Verdict::Succeeded,
        Some(mut indexes) => {
            indexes.sort_unstable();
            indexes.dedup();
            Verdict::Partly(indexes)
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Verdict, verdict};
    use stack_lambda::Invocation;

    fn read(payload: &str, error: Option<&str>, reports: bool) -> Verdict {
        let invocation = Invocation {
            payload: Bytes::from(payload.to_owned()),
            function_error: error.map(str::to_owned),
            ..Invocation::default()
        };
        verdict(&invocation, reports, &["5".to_owned(), "6".to_owned(), "7".to_owned()])
    }

    /// Lambda guide, "Configuring partial batch response with Kinesis Data Streams and Lambda", "Success and failure
    /// conditions". The guide lists an empty list, a null list, an empty response and a null response, and as failures
    /// an empty text, a null and an unknown identifier, a bad key name and an exception. AWS also takes `[]` and `""` as
    /// empty responses. The other failures are bad key names and values in other places of the response.
    #[test]
    fn every_documented_answer_succeeds_or_fails_as_documented() {
        use Verdict::{Failed, Partly, Succeeded};
        let cases = [
            ("an empty list of failures", r#"{"batchItemFailures":[]}"#, None, Succeeded),
            ("a null list of failures", r#"{"batchItemFailures":null}"#, None, Succeeded),
            ("an empty response", "{}", None, Succeeded),
            ("a null response", "null", None, Succeeded),
            ("no payload", "", None, Succeeded),
            ("an empty list", "[]", None, Succeeded),
            ("an empty text", r#""""#, None, Succeeded),
            ("one record", r#"{"batchItemFailures":[{"itemIdentifier":"6"}]}"#, None, Partly(vec![1])),
            (
                "two records",
                r#"{"batchItemFailures":[{"itemIdentifier":"7"},{"itemIdentifier":"6"}]}"#,
                None,
                Partly(vec![1, 2]),
            ),
            (
                "a record twice",
                r#"{"batchItemFailures":[{"itemIdentifier":"5"},{"itemIdentifier":"5"}]}"#,
                None,
                Partly(vec![0]),
            ),
            ("an empty identifier", r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, None, Failed),
            ("a null identifier", r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, None, Failed),
            ("a bad key of a failure", r#"{"batchItemFailures":[{"identifier":"6"}]}"#, None, Failed),
            ("an unknown identifier", r#"{"batchItemFailures":[{"itemIdentifier":"9"}]}"#, None, Failed),
            (
                "a known and an unknown identifier",
                r#"{"batchItemFailures":[{"itemIdentifier":"6"},{"itemIdentifier":"9"}]}"#,
                None,
                Failed,
            ),
            ("a number as identifier", r#"{"batchItemFailures":[{"itemIdentifier":6}]}"#, None, Failed),
            ("a failure that is a text", r#"{"batchItemFailures":["6"]}"#, None, Failed),
            ("a bad key of the response", r#"{"failures":[]}"#, None, Failed),
            ("a list of failures that is none", r#"{"batchItemFailures":7}"#, None, Failed),
            ("a text", r#""done""#, None, Failed),
            ("a number", "7", None, Failed),
            ("a list with an element", "[1]", None, Failed),
            ("not JSON", "not json", None, Failed),
            ("an exception", r#"{"errorMessage":"no"}"#, Some("Unhandled"), Failed),
            ("an exception with an empty payload", "", Some("Unhandled"), Failed),
        ];
        for (answer, payload, error, expected) in cases {
            assert_eq!(read(payload, error, true), expected, "{answer}");
        }
    }

    #[test]
    fn without_reporting_only_a_function_error_counts() {
        let report = r#"{"batchItemFailures":[{"itemIdentifier":"6"}]}"#;
        assert_eq!(read(report, None, false), Verdict::Succeeded);
        assert_eq!(read("not json", None, false), Verdict::Succeeded);
        assert_eq!(read("{}", Some("Unhandled"), false), Verdict::Failed);
    }
}
