//! The hash of a request: stored with commits, so that it must stay the same.
#![cfg(test)]

use es_core::RequestHash;
use serde_json::{Value, from_str};

fn hash(body: &str) -> RequestHash {
    RequestHash::of("POST /things", &from_str::<Value>(body).unwrap_or_default())
}

#[test]
fn it_is_of_the_target_and_the_sorted_body() {
    let body = r#"{"name": "a \"quoted\" \\ line\n", "items": [1, 2.5, null, true]}"#;
    // SHA-256 of: POST /things, NUL, {"items":[1,2.5,null,true,],"name":"a \"quoted\" \\ line\n",}
    let known = "452dd6e155bb7d2a9c9f2bd806378aab2e84fe5a842d2427acb2777fa0df5d18";
    assert_eq!(hash(body).as_str(), known);
}

#[test]
fn the_order_of_members_does_not_matter_and_everything_else_does() {
    let body = hash(r#"{"a": 1, "b": ["x", "y"]}"#);
    assert_eq!(hash(r#"{"b": ["x", "y"], "a": 1}"#), body);
    for other in [r#"{"a": 1, "b": ["y", "x"]}"#, r#"{"a": "1", "b": ["x", "y"]}"#, r#"{"a": 1}"#] {
        assert_ne!(hash(other), body, "{other}");
    }
}
