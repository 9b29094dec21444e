//! What Kinesis documents and answers for the eight operations of its data plane that the stack serves, as one table.
//!
//! The sources are the Kinesis API reference and the tests of `mhart/kinesalite`, which were recorded against AWS.

mod answers;
mod constraints;
mod refusals;
mod types;

use serde_json::{Value, json};

use super::fixture::kinesis;
use crate::{Kinesis, api};

/// Number of rules in the table. `localstack/README.md` states it.
const RULES: usize = 139;

type Check = dyn Fn(&Kinesis) -> Result<(), String>;

/// One rule, and the check that it holds on a stream `changes` of three shards.
struct Rule {
    source: &'static str,
    name: String,
    check: Box<Check>,
}

#[test]
fn every_rule_of_kinesis_holds() {
    let tables = [types::rules(), constraints::rules(), refusals::rules(), answers::rules()];
    let rules: Vec<Rule> = tables.into_iter().flatten().collect();
    let broken = |rule: &Rule| {
        let problem = (rule.check)(&kinesis(3)).err()?;
        Some(format!("{} ({}): {problem}", rule.name, rule.source))
    };
    let broken: Vec<String> = rules.iter().filter_map(broken).collect();
    assert!(broken.is_empty(), "{} of {} rules broken:\n{}", broken.len(), rules.len(), broken.join("\n"));
    assert_eq!(rules.len(), RULES);
}

/// The rule that Kinesis refuses a request with this code and message.
fn refused(
    source: &'static str,
    name: &str,
    operation: &'static str,
    request: Value,
    code: &'static str,
    message: &str,
) -> Rule {
    let message = message.to_owned();
    let check = move |kinesis: &Kinesis| refuses(kinesis, operation, &request, code, &message);
    Rule { source, name: format!("{operation}: {name}"), check: Box::new(check) }
}

fn refuses(
    kinesis: &Kinesis,
    operation: &str,
    request: &Value,
    code: &str,
    message: &str,
) -> Result<(), String> {
    match api::call(kinesis, operation, request.to_string().as_bytes()) {
        Err(error) if error.code == code && error.message == message => Ok(()),
        other => Err(format!("{other:?} instead of {code}: {message}")),
    }
}

/// The rule that a sequence of calls has these answers.
fn answered(
    source: &'static str,
    name: &str,
    check: impl Fn(&Kinesis) -> Result<(), String> + 'static,
) -> Rule {
    Rule { source, name: name.to_owned(), check: Box::new(check) }
}

fn call(kinesis: &Kinesis, operation: &str, request: &Value) -> Result<Value, String> {
    api::call(kinesis, operation, request.to_string().as_bytes())
        .map_err(|error| format!("{operation}: {error:?}"))
}

fn same(found: &Value, expected: &Value) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{found} instead of {expected}")) }
}

/// A request for the stream `changes` with more members.
fn of_stream(members: &Value) -> Value {
    let mut request = json!({"StreamName": "changes"});
    for (name, value) in members.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}
