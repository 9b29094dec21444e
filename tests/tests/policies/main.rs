//! Every function may do what it does, and nothing else: what the template's policies allow, held against what the
//! functions of an embedded stack were seen to call on a tour of all use cases. It deploys nothing.

#[cfg(test)]
mod operators;
#[cfg(test)]
mod tour;

#[cfg(test)]
mod policies {
    use std::collections::{BTreeMap, BTreeSet};

    use e2e::{Embedded, target};
    use localstack::template::{Effect, Function};

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

    fn seen(stack: &Embedded) -> BTreeMap<String, Calls> {
        let mut seen = BTreeMap::new();
        for (function, calls) in stack.observed.all() {
            for call in &calls {
                assert!(call.allowed, "{function} was refused {} on {}", call.action, call.resource);
            }
            let calls = calls.into_iter().map(|call| (call.action, call.resource)).collect();
            seen.insert(function, calls);
        }
        seen
    }

    #[tokio::test]
    async fn each_function_calls_exactly_what_it_is_allowed() {
        let stack = target().expect("a stack").embedded.as_ref().expect("an embedded stack");
        crate::tour::start_cold(stack).await;
        assert_eq!(stack.observed.all(), BTreeMap::new(), "an instance without an event makes no call");
        crate::tour::all_use_cases(stack).await;
        let seen = seen(stack);
        for function in &stack.template.functions {
            let is_fed = stack.template.mappings.iter().any(|mapping| mapping.function == function.name);
            assert_eq!(seen.get(&function.name), Some(&allowed(function, is_fed)), "{}", function.name);
        }
    }
}
