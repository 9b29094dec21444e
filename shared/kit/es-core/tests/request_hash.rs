//! The hash of a request: stored with commits, so that it must stay the same.
#![cfg(test)]

use es_core::RequestHash;
use serde_json::{Value, from_str};

fn hash(body: &str) -> RequestHash {
    RequestHash::of("POST /orders", &from_str::<Value>(body).unwrap_or_default())
}

#[test]
fn it_is_of_the_target_and_the_sorted_body() {
    let body = r#"{"name": "a \"quoted\" \\ line\n", "items": [1, 2.5, null, true]}"#;
    // SHA-256 of: POST /orders, NUL, {"items":[1,2.5,null,true,],"name":"a \"quoted\" \\ line\n",}
    let known = "19ee5e47778b8b5ed67717202274d97c2ae9e97c9d6f71bb6d01bcfdba8d0a5f";
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
