//! `tracestate`: the cases of the W3C's own tests of Trace Context.

use crate::traceparent::{headers, passed_on};

const PARENT: (&str, &str) = ("traceparent", "00-12345678901234567890123456789012-1234567890123456-00");

/// The `tracestate` that is passed on if each of `states` is a header of its own. The trace must always be continued.
fn state(states: &[&str]) -> Option<String> {
    let states = states.iter().map(|state| ("tracestate", *state));
    let incoming: Vec<_> = std::iter::once(PARENT).chain(states).collect();
    let outgoing = passed_on(&headers(&incoming));
    assert!(outgoing["traceparent"].to_str().unwrap().contains("12345678901234567890123456789012"));
    outgoing.get("tracestate").map(|header| header.to_str().unwrap().to_owned())
}

#[test]
fn a_tracestate_without_a_traceparent_is_ignored() {
    assert!(!passed_on(&headers(&[("tracestate", "foo=1")])).contains_key("tracestate"));
    assert_eq!(state(&[]), None);
}

#[test]
fn valid_lists_are_joined_and_passed_on() {
    assert_eq!(state(&["foo=1,bar=2"]).unwrap(), "foo=1,bar=2");
    assert_eq!(
        state(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"]).unwrap(),
        "foo=1,bar=2,rojo=1,congo=2,baz=3"
    );
}

#[test]
fn empty_members_are_allowed_and_removed() {
    assert_eq!(state(&[""]), None);
    assert_eq!(state(&["foo=1", ""]).unwrap(), "foo=1");
    assert_eq!(state(&["", "foo=1"]).unwrap(), "foo=1");
    assert_eq!(state(&[",foo=1,,bar=2,"]).unwrap(), "foo=1,bar=2");
}

#[test]
fn whitespace_around_members_is_removed() {
    for list in ["foo=1 \t , \t bar=2, \t baz=3", "foo=1\t \t,\t \tbar=2,\t \tbaz=3"] {
        assert_eq!(state(&[list]).unwrap(), "foo=1,bar=2,baz=3");
    }
    for list in [" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t"] {
        assert_eq!(state(&[list]).unwrap(), "foo=1");
    }
}

#[test]
fn every_allowed_character_is_passed_on() {
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let value: String = (' '..='~').filter(|character| ![',', '='].contains(character)).collect();
    for key in [key.to_owned(), format!("{key}@a-z0-9_-*/"), "0tenant@system".to_owned()] {
        let member = format!("{key}={value}");
        assert_eq!(state(&[&member]).unwrap(), member);
    }
}

#[test]
fn keys_and_values_are_accepted_up_to_their_maximum_length() {
    let key = |tenant: usize, system: usize| format!("{}@{}", "t".repeat(tenant), "v".repeat(system));
    for (key, taken) in [
        ("z".repeat(256), true),
        ("z".repeat(257), false),
        (key(241, 14), true),
        (key(242, 1), false),
        (key(1, 15), false),
    ] {
        let member = format!("{key}=1");
        let expected = taken.then(|| format!("foo=1,{member}"));
        assert_eq!(state(&["foo=1", &member]), expected, "{} characters", key.len());
    }
    assert!(state(&[&format!("foo={}", "v".repeat(256))]).is_some());
    assert_eq!(state(&[&format!("foo={}", "v".repeat(257))]), None);
}

#[test]
fn a_list_with_one_invalid_member_is_discarded() {
    let wrong = [
        "foo =1",
        "FOO=1",
        "foo.bar=1",
        "1foo=1",
        "foo@=1,bar=2",
        "@foo=1,bar=2",
        "foo@@bar=1,bar=2",
        "foo@bar@baz=1,bar=2",
        "foo@1bar=1,bar=2",
        "foo=bar=baz",
        "foo=,bar=3",
        "foo,bar=3",
        "=1,bar=3",
        "foo=b\tr",
        "foo=1,foo=1",
        "foo=1,foo=2",
    ];
    for list in wrong {
        assert_eq!(state(&[list]), None, "{list:?}");
        assert_eq!(state(&["good=1", list]), None, "{list:?}");
    }
    assert_eq!(state(&["foo=1", "foo=1"]), None);
    assert_eq!(state(&["foo=1", "foo=2"]), None);
}

#[test]
fn a_list_has_at_most_thirty_two_members() {
    let members = |count: usize| (1..=count).map(|n| format!("bar{n:02}={n:02}")).collect::<Vec<_>>();
    let in_four = |members: &[String]| members.chunks(10).map(|chunk| chunk.join(",")).collect::<Vec<_>>();
    let (fits, too_many) = (in_four(&members(32)), in_four(&members(33)));
    let borrowed = |lists: &[String]| state(&lists.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(borrowed(&fits).unwrap(), members(32).join(","));
    assert_eq!(borrowed(&too_many), None);
}
