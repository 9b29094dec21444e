//! Decides whether IAM statements allow a call: at least one statement must allow it, and none may deny it.

use axum::http::StatusCode;
use stack_base::account::{ACCOUNT, PARTITION};
use stack_base::service_error::ServiceError;
use stack_template::{Effect, Statement};

use super::caller::CallingFunction;
use super::needs::Need;

/// Result of evaluating statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Allowed by a statement and denied by none.
    Allowed,
    /// Denied by a statement.
    Denied,
    /// Allowed by no statement.
    NotAllowed,
}

impl Decision {
    /// True if the call may proceed.
    pub(super) fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}

/// Evaluates statements (IAM guide, "Policy evaluation logic").
pub(super) fn decide(statements: &[Statement], need: &Need) -> Decision {
    let covers = |statement: &&Statement| {
        statement.actions.iter().any(|action| matches_any_case(action, &need.action))
            && statement.resources.iter().any(|resource| matches(resource, &need.resource))
    };
    let effects: Vec<Effect> = statements.iter().filter(covers).map(|statement| statement.effect).collect();
    if effects.contains(&Effect::Deny) {
        Decision::Denied
    } else if effects.contains(&Effect::Allow) {
        Decision::Allowed
    } else {
        Decision::NotAllowed
    }
}

/// AWS's error for a call that is not allowed.
pub(super) fn denied(caller: &CallingFunction, need: &Need, decision: Decision) -> ServiceError {
    let reason = match decision {
        Decision::Denied => "with an explicit deny in an identity-based policy".to_owned(),
        _ => format!("because no identity-based policy allows the {} action", need.action),
    };
    let message = format!(
        "User: arn:{PARTITION}:sts::{ACCOUNT}:assumed-role/{}/{} is not authorized to perform: {} on resource: {} {reason}",
        caller.role, caller.function, need.action, need.resource,
    );
    // `DynamoDB` and Kinesis return 400; other services return 403.
    let status = match need.action.split(':').next() {
        Some("dynamodb" | "kinesis") => StatusCode::BAD_REQUEST,
        _ => StatusCode::FORBIDDEN,
    };
    let code = "com.amazon.coral.service#AccessDeniedException".to_owned();
    ServiceError { status, code, message }
}

/// Matches an action name, ignoring case.
fn matches_any_case(pattern: &str, text: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

/// Matches IAM's wildcards: `*` for any characters, `?` for one character.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // The last star: its position in the pattern, and the end of the text that it matches so far.
    let mut star = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(expected) if *expected == b'?' || *expected == text[seen] => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((place, swallowed)) = star else { return false };
                star = Some((place, swallowed + 1));
                (at, seen) = (place + 1, swallowed + 1);
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == b'*')
}

#[cfg(test)]
mod tests {
    use super::{Decision, Need, decide, matches};
    use stack_template::{Effect, Statement};

    fn statement(effect: Effect, action: &str, resource: &str) -> Statement {
        Statement { effect, actions: vec![action.to_owned()], resources: vec![resource.to_owned()] }
    }

    #[test]
    fn a_call_needs_an_allow_and_no_deny() {
        let allow = statement(Effect::Allow, "dynamodb:*Item", "arn:t/*");
        let deny = statement(Effect::Deny, "dynamodb:DeleteItem", "*");
        let decision = |action: &str, resource: &str| {
            let need = Need { action: action.to_owned(), resource: resource.to_owned() };
            decide(&[allow.clone(), deny.clone()], &need)
        };
        assert_eq!(decision("dynamodb:putitem", "arn:t/a"), Decision::Allowed);
        assert_eq!(decision("dynamodb:DeleteItem", "arn:t/a"), Decision::Denied);
        assert_eq!(decision("dynamodb:Query", "arn:t/a"), Decision::NotAllowed);
        assert_eq!(decision("dynamodb:PutItem", "arn:T/a"), Decision::NotAllowed);
    }

    #[test]
    fn wildcards_match_as_in_iam() {
        for (pattern, text) in
            [("*", ""), ("a*c", "abbc"), ("a*b*c", "aXbYbc"), ("a?c", "abc"), ("abc", "abc")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a*c", "abb"), ("a?c", "ac"), ("abc", "abcd"), ("", "a"), ("a*b?", "ab")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
