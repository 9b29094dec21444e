//! Tests that the policies allow exactly the calls that each function makes. The test compares the template's policies
//! with the calls of the functions of an embedded stack during a tour of all use cases. It does this for each variant
//! of the policies: with one generation of the query table, with the other, and while a generation is built. Nothing is
//! deployed to AWS.
#![cfg(test)]

mod operators;
mod tour;

use std::collections::{BTreeMap, BTreeSet};

use localstack::{RunningStack, Stack, StackOptions};
use stack_template::{Effect, Function};

type Calls = BTreeSet<(String, String)>;

/// What a function's own code may call. Others call the rest with its role: the platform writes the logs, and for a
/// function that an event source mapping feeds, it reads the stream and sends what the mapping gave up to its queue;
/// the collector in the ADOT layer puts spans to X-Ray, and does nothing else there.
fn allowed(function: &Function, is_fed: bool) -> Calls {
    let others = |action: &str, resource: &str| {
        let queue = action == "sqs:SendMessage" && resource.ends_with("StreamFailureQueue");
        let collector = (action, resource) == ("xray:PutTraceSegments", "*");
        let platform = is_fed && (queue || action.starts_with("kinesis:"));
        platform || collector || action.starts_with("logs:")
    };
    let mut calls = Calls::new();
    for statement in &function.statements {
        assert_eq!(statement.effect, Effect::Allow, "{} is denied something", function.name);
        for (action, resource) in statement.actions.iter().flat_map(|action| {
            statement.resources.iter().map(move |resource| (action.clone(), resource.clone()))
        }) {
            if !others(&action, &resource) {
                calls.insert((action, resource));
            }
        }
    }
    calls
}

fn seen(stack: &RunningStack) -> BTreeMap<String, Calls> {
    let mut seen = BTreeMap::new();
    for (function, calls) in stack.observed_calls().all() {
        for call in &calls {
            assert!(call.allowed, "{function} was refused {} on {}", call.action, call.resource);
        }
        let calls = calls.into_iter().map(|call| (call.action, call.resource)).collect();
        seen.insert(function, calls);
    }
    seen
}

/// The calls that are in only one of `allowed` and `seen`, one for each line. Empty if both are equal.
fn difference(allowed: &Calls, seen: &Calls) -> String {
    let shown = |calls: Vec<&(String, String)>, what: &str| {
        let calls: Vec<_> =
            calls.iter().map(|(action, resource)| format!("\n  {what} {action} on {resource}")).collect();
        calls.concat()
    };
    shown(allowed.difference(seen).collect(), "never calls")
        + &shown(seen.difference(allowed).collect(), "may not call")
}

/// Takes a deployment with these generations on the tour; what its functions call and what their policies say differ.
async fn differences(live: &str, built: &str) -> Vec<String> {
    let given = [("LiveGeneration", live), ("BuildGeneration", built), ("RebuildSegments", "1")];
    let parameters = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let stack = Stack::start(StackOptions { parameters, ..StackOptions::default() });
    let stack = stack.await.expect("a stack");
    crate::tour::start_cold(&stack).await;
    let routes = &stack.template().routes;
    let early = seen(&stack).into_keys().filter(|name| routes.iter().any(|route| route.function == *name));
    assert_eq!(early.collect::<Vec<_>>(), [""; 0], "an instance without an event makes no call");
    crate::tour::all_use_cases(&stack).await;
    let (seen, none, mut differences) = (seen(&stack), Calls::new(), Vec::new());
    for function in &stack.template().functions {
        let is_fed = stack.template().mappings.iter().any(|mapping| mapping.function == function.name);
        let found = difference(&allowed(function, is_fed), seen.get(&function.name).unwrap_or(&none));
        if !found.is_empty() {
            differences.push(format!("{live} live, {built} built: {}{found}", function.name));
        }
    }
    stack.shutdown().await;
    differences
}

#[tokio::test(flavor = "multi_thread")]
async fn each_function_makes_exactly_the_allowed_calls() {
    let mut found = Vec::new();
    for (live, built) in [("blue", "green"), ("blue", "none"), ("green", "none")] {
        found.extend(differences(live, built).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
