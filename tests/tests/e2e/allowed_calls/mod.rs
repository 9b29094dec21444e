//! Tests that the policies allow exactly the calls that each function makes. The test compares the template's policies
//! with the calls of the functions of two embedded stacks: during a tour of all use cases, in which the second generation
//! of the query table is built, and during a cut-over to this generation. Each change of the generations takes long to
//! settle, so both run at the same time. Nothing is deployed to AWS.

mod operators;
mod tour;

use std::collections::{BTreeMap, BTreeSet};

use e2e::SHORTEST_TIMES;
use futures::future::join;
use localstack::{RunningStack, Stack, StackOptions};
use stack_template::{Effect, Function};

type Calls = BTreeSet<(String, String)>;

/// The calls that the policies of `function` allow, without the calls that other code makes with the function's role.
/// Lambda writes the logs. If an event source mapping feeds the function (`is_fed`), Lambda also reads the stream and
/// sends the batches that the mapping gave up to their queue. Lambda also sends the events that a reaction could not handle
/// to their queue. The collector in the ADOT layer sends spans to X-Ray.
fn allowed(function: &Function, is_fed: bool) -> Calls {
    let failures = function.asynchronous.on_failure_queue.as_ref();
    let is_of_other_code = |action: &str, resource: &str| {
        let queue = action == "sqs:SendMessage" && resource.ends_with("StreamFailureQueue");
        let collector = (action, resource) == ("xray:PutTraceSegments", "*");
        let platform = is_fed && (queue || action.starts_with("kinesis:"));
        let failure = action == "sqs:SendMessage" && failures.is_some_and(|queue| resource.ends_with(queue));
        platform || failure || collector || action.starts_with("logs:")
    };
    let mut calls = Calls::new();
    for statement in &function.statements {
        assert_eq!(statement.effect, Effect::Allow, "{} is denied something", function.name);
        for (action, resource) in statement.actions.iter().flat_map(|action| {
            statement.resources.iter().map(move |resource| (action.clone(), resource.clone()))
        }) {
            if !is_of_other_code(&action, &resource) {
                calls.insert((action, resource));
            }
        }
    }
    calls
}

/// The calls that each function has made on `stack`. Asserts that the policies allowed all of them.
fn observed(stack: &RunningStack) -> BTreeMap<String, Calls> {
    let mut observed = BTreeMap::new();
    for (function, calls) in stack.observed_calls().all() {
        for call in &calls {
            assert!(call.allowed, "{function} was refused {} on {}", call.action, call.resource);
        }
        let calls = calls.into_iter().map(|call| (call.action, call.resource)).collect();
        observed.insert(function, calls);
    }
    observed
}

/// The calls that are in only one of `allowed` and `observed`, one for each line. Empty if both are equal.
fn difference(allowed: &Calls, observed: &Calls) -> String {
    let shown = |calls: Vec<&(String, String)>, verb: &str| {
        let calls: Vec<_> =
            calls.iter().map(|(action, resource)| format!("\n  {verb} {action} on {resource}")).collect();
        calls.concat()
    };
    shown(allowed.difference(observed).collect(), "never calls")
        + &shown(observed.difference(allowed).collect(), "may not call")
}

async fn start() -> RunningStack {
    let given = [&SHORTEST_TIMES[..], &[("RebuildSegments", "1"), ("EventBusName", "default")]].concat();
    let parameters = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let stack = Stack::start(StackOptions { parameters, ..StackOptions::default() });
    stack.await.expect("a stack")
}

/// Starts a stack and runs all use cases on it.
async fn toured() -> RunningStack {
    let stack = start().await;
    tour::start_cold(&stack).await;
    let routes = &stack.template().routes;
    let early =
        observed(&stack).into_keys().filter(|name| routes.iter().any(|route| route.function == *name));
    assert_eq!(
        early.collect::<Vec<_>>(),
        [""; 0],
        "a function must make no call at its start or for an invalid request"
    );
    operators::use_both_generations(&stack, true).await;
    tour::all_use_cases(&stack).await;
    stack
}

/// Starts a stack and makes its other generation live.
async fn cut_over() -> RunningStack {
    let stack = start().await;
    operators::use_both_generations(&stack, false).await;
    tour::across_a_cut_over(&stack).await;
    stack
}

/// Returns a text for each function whose calls differ from the calls that its policies allow.
async fn differences() -> Vec<String> {
    let (toured, cut_over) = join(Box::pin(toured()), Box::pin(cut_over())).await;
    let mut all = observed(&toured);
    for (function, calls) in observed(&cut_over) {
        all.entry(function).or_default().extend(calls);
    }
    let (template, none, mut differences) = (toured.template(), Calls::new(), Vec::new());
    for function in &template.functions {
        let is_fed = template.mappings.iter().any(|mapping| mapping.function == function.name);
        let found = difference(&allowed(function, is_fed), all.get(&function.name).unwrap_or(&none));
        if !found.is_empty() {
            differences.push(format!("{}{found}", function.name));
        }
    }
    join(toured.shutdown(), cut_over.shutdown()).await;
    differences
}

#[tokio::test(flavor = "multi_thread")]
async fn each_function_makes_exactly_the_allowed_calls() {
    let found = differences().await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}
