//! The text of a stream id and the hash of a request. Both are stored, so neither may ever change.
#![cfg(test)]

use es_core::{RequestHash, StreamId};
use proptest::prelude::*;
use serde_json::{Value, from_str};
use uuid::Uuid;

const UUID: &str = "6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f";
const CATEGORY: &str = "[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9}){0,4}";

/// Whether `text` is a stream id, checked part by part without the parser.
fn is_stream_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((category, uuid)) = parts.split_last_chunk::<5>() else { return false };
    let name = category.join("-");
    let of = |part: &&str, letters: &str| {
        part.chars().all(|letter| letter.is_ascii_digit() || letters.contains(letter))
    };
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.len() <= 64
        && category.iter().all(|part| !part.is_empty() && of(part, "abcdefghijklmnopqrstuvwxyz"))
        && uuid.iter().all(|part| of(part, "abcdef"))
        && uuid.map(str::len) == [8, 4, 4, 4, 12]
}

proptest! {
    #[test]
    fn a_stream_id_reads_as_it_is_written(category in CATEGORY, number in any::<u128>()) {
        let text = format!("{category}-{}", Uuid::from_u128(number));
        let stream: StreamId = text.parse().expect("the stream id is valid");
        prop_assert_eq!((stream.category().as_str(), stream.uuid().as_u128()), (&*category, number));
        prop_assert_eq!(stream.to_string(), text);
    }

    #[test]
    fn a_text_is_accepted_exactly_if_it_is_a_stream_id(
        category in CATEGORY,
        number in any::<u128>(),
        place in any::<prop::sample::Index>(),
        instead in "[a0AZ_#\u{e9}-]{0,2}",
    ) {
        let mut text: Vec<String> =
            format!("{category}-{}", Uuid::from_u128(number)).chars().map(String::from).collect();
        *place.get_mut(&mut text) = instead;
        let text = text.concat();
        prop_assert_eq!(text.parse::<StreamId>().is_ok(), is_stream_id(&text), "{}", text);
    }
}

#[test]
fn a_category_can_look_like_a_part_of_a_uuid() {
    for category in
        ["cafe", "a-6f1c1d5e", "f00d-1b7a-4f0e-9f5e-3d2b1a0c9e8f", &format!("a-{UUID}"), &"c".repeat(64)]
    {
        let stream: StreamId = format!("{category}-{UUID}").parse().expect("the stream id is valid");
        assert_eq!((stream.category().as_str(), &*stream.uuid().to_string()), (category, UUID));
    }
}

#[test]
fn every_other_form_of_a_stream_id_is_refused() {
    let uuid = Uuid::try_parse(UUID).expect("the UUID is valid");
    for text in [
        format!("account-{}", UUID.to_uppercase()),
        format!("account-{}", uuid.simple()),
        format!("account-{}", uuid.braced()),
        format!("account-{}", uuid.urn()),
        format!("Account-{UUID}"),
        format!("gift_card-{UUID}"),
        format!("gift--card-{UUID}"),
        format!("gift--{UUID}"),
        format!("7up-{UUID}"),
        format!("{}-{UUID}", "c".repeat(65)),
        format!("-{UUID}"),
        UUID.to_owned(),
        "account".to_owned(),
        "\u{e9}".repeat(30),
    ] {
        assert!(text.parse::<StreamId>().is_err(), "{text}");
    }
}

fn hash(body: &str) -> RequestHash {
    RequestHash::from_request("POST /things", &from_str::<Value>(body).unwrap_or_default())
}

#[test]
fn a_request_hash_covers_the_target_and_the_sorted_body() {
    let body = r#"{"name": "a \"quoted\" \\ line\n", "items": [1, 2.5, null, true]}"#;
    // SHA-256 of: POST /things, NUL, {"items":[1,2.5,null,true,],"name":"a \"quoted\" \\ line\n",}
    let known = "452dd6e155bb7d2a9c9f2bd806378aab2e84fe5a842d2427acb2777fa0df5d18";
    assert_eq!(hash(body).as_str(), known);
}

#[test]
fn a_request_hash_covers_each_character_that_json_escapes() {
    // SHA-256 of: POST /things, NUL, {"name":"…",} with the escaped character
    for (body, known) in [
        (r#"{"name": "\""}"#, "134a55de24ed0bf683d667c41599e439dbe082ec3e9f67b74353a2e9f46d1751"),
        (r#"{"name": "\\"}"#, "4909450a62951b18ad632f6279c6834cca1538514a556ec799a828d9eb9d9242"),
        (r#"{"name": "\u001f"}"#, "e73d2afa5af7acfec72c4f4456fb645f5f628f92492d67716507f3170b4e9021"),
        (r#"{"name": "a b"}"#, "17ec683744b1c3acfbd5ccc64e669d7bf030f88d283ea65c61221ed6759b431c"),
    ] {
        assert_eq!(hash(body).as_str(), known, "{body}");
    }
}

#[test]
fn only_the_order_of_members_leaves_a_request_hash_unchanged() {
    let body = hash(r#"{"a": 1, "b": ["x", "y"]}"#);
    assert_eq!(hash(r#"{"b": ["x", "y"], "a": 1}"#), body);
    for other in [r#"{"a": 1, "b": ["y", "x"]}"#, r#"{"a": "1", "b": ["x", "y"]}"#, r#"{"a": 1}"#] {
        assert_ne!(hash(other), body, "{other}");
    }
}
