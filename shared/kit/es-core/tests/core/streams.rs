//! How the identity of a stream and the hash of a request are written: both are stored, so they must stay the same.
#![cfg(test)]

use es_core::{RequestHash, StreamId};
use serde_json::{Value, from_str};

const ACCOUNT: &str = "account-6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f";

#[test]
fn a_stream_id_reads_as_it_is_written() {
    assert_eq!(ACCOUNT.parse::<StreamId>().expect("a stream").to_string(), ACCOUNT);
}

#[test]
fn any_other_way_to_write_it_is_none() {
    for text in [
        "account-6F1C1D5E-1B7A-4F0E-9F5E-3D2B1A0C9E8F",
        "account-6f1c1d5e1b7a4f0e9f5e3d2b1a0c9e8f",
        "account-{6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f}",
        "account-urn:uuid:6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f",
        "Account-6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f",
        "-6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f",
        "account",
    ] {
        assert!(text.parse::<StreamId>().is_err(), "{text}");
    }
}

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
