//! Reading headers, bodies, paths and queries, and the field that a refusal names.

use crate::support::{get, post};
use es_core::{Expectation, StreamVersion};
use http_api::{ApiError, ETag, MAX_BODY_BYTES, NoFields, Problem, Query};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Basket {
    owner: String,
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    pieces: i64,
}

fn field_of(failure: &ApiError) -> &str {
    match &failure.problem {
        Problem::Malformed(field) => &field.field,
        other => panic!("the request must be malformed: {other:?}"),
    }
}

#[test]
fn a_body_is_read_as_text_or_base64() {
    let expected = Basket { owner: "o".to_owned(), lines: vec![Line { pieces: 2 }] };
    let text = r#"{"owner":"o","lines":[{"pieces":2}]}"#;
    assert_eq!(post().body(text).request().json::<Basket>().expect("a plain body is accepted"), expected);
    let encoded = "eyJvd25lciI6Im8iLCJsaW5lcyI6W3sicGllY2VzIjoyfV19";
    assert_eq!(
        post().base64_body(encoded).request().json::<Basket>().expect("a base64 body is accepted"),
        expected
    );
}

#[test]
fn a_malformed_body_is_refused_with_the_name_of_the_field() {
    let cases = [
        (r#"{"owner":"o"}"#, "lines"),
        (r#"{"owner":7,"lines":[]}"#, "owner"),
        (r#"{"owner":"o","lines":[{"pieces":1},{"pieces":"2"}]}"#, "lines[1].pieces"),
        (r#"{"owner":"o","lines":[{}]}"#, "lines[0].pieces"),
        (r#"{"owner":"o","lines":[{"pieces":1,"gift":true}]}"#, "lines[0].gift"),
        (r#"{"owner":"o","owner":"p","lines":[]}"#, "owner"),
        (r#"{"":1}"#, "\"\""),
        (r#"{"owner":"o","lines":[]} {}"#, "body"),
        ("[]", "body"),
        ("{", "body"),
        ("", "owner"),
    ];
    for (text, field) in cases {
        let failure = post().body(text).request().json::<Basket>().expect_err(text);
        assert_eq!(field_of(&failure), field, "{text}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(
        post()
            .body(&deep)
            .request()
            .json::<Basket>()
            .expect_err("a deeply nested body is refused")
            .problem
            .status(),
        400
    );
    assert_eq!(
        field_of(
            &post()
                .base64_body("?")
                .request()
                .json::<Basket>()
                .expect_err("a body that is not base64 is refused")
        ),
        "body"
    );
    assert_eq!(
        field_of(
            &post()
                .base64_body("/w==")
                .request()
                .json::<Basket>()
                .expect_err("a body that is not UTF-8 is refused")
        ),
        "body"
    );
}

#[test]
fn a_command_without_parameters_accepts_no_body_or_an_empty_object() {
    for text in ["", "  ", "{}"] {
        post().body(text).request().json::<NoFields>().expect(text);
    }
    assert!(post().body(r#"{"force":true}"#).request().json::<NoFields>().is_err());
}

#[test]
fn a_body_above_the_limit_is_too_large() {
    let fits = format!("\"{}\"", "x".repeat(MAX_BODY_BYTES - 2));
    post().body(&fits).request().json::<String>().expect("a body at the limit is accepted");
    let failure = post()
        .body(&format!("{fits} "))
        .request()
        .json::<String>()
        .expect_err("a body above the limit is refused");
    assert_eq!(failure.problem, Problem::TooLarge { limit: MAX_BODY_BYTES });
}

#[test]
fn if_match_sets_the_expected_version() {
    let expectation = |tag: &str| post().header("if-match", tag).request().expectation();
    assert_eq!(post().request().expectation().expect("the header is optional"), Expectation::Any);
    assert_eq!(expectation("*").expect("a star is accepted"), Expectation::Any);
    assert_eq!(
        expectation("\"12\"").expect("one tag is accepted"),
        Expectation::Exactly(StreamVersion::new(12))
    );
    for tag in ["12", "W/\"12\"", "\"+1\"", "\"\"", "\"a\"", "\"1\", \"2\"", "\"99999999999999999999\""] {
        assert_eq!(field_of(&expectation(tag).expect_err(tag)), "If-Match");
    }
    assert_eq!(
        post().request().expects_nothing_there().expect("a request without the header is accepted"),
        Expectation::New
    );
    assert!(post().header("if-match", "*").request().expects_nothing_there().is_err());
}

#[test]
fn if_none_match_is_compared_weakly() {
    let current = ETag(StreamVersion::new(3));
    for tags in ["\"3\"", "W/\"3\"", "\"1\", \"3\"", "*"] {
        assert!(get().header("if-none-match", tags).request().has(current), "{tags}");
    }
    for tags in ["\"4\"", "3", ""] {
        assert!(!get().header("if-none-match", tags).request().has(current), "{tags}");
    }
    assert!(!get().request().has(current));
}

#[test]
fn a_preferred_wait_is_limited_and_never_an_error() {
    let wait = |value: &str| get().header("prefer", value).request().wait().as_secs();
    assert_eq!(wait("wait=5"), 5);
    assert_eq!(wait("respond-async, Wait = 7"), 7);
    assert_eq!(wait("wait=3600"), 20);
    for nonsense in ["wait", "wait=-1", "wait=soon", "wait=99999999999999999999", ""] {
        assert_eq!(wait(nonsense), 0, "{nonsense}");
    }
}

#[test]
fn a_path_parameter_that_is_not_canonical_is_not_found() {
    assert_eq!(
        get().path("id", "7").request().path::<u8>("id").expect("a canonical parameter is accepted"),
        7
    );
    assert_eq!(
        get().path("id", "07").request().path::<u8>("id").expect_err("a leading zero is refused").problem,
        Problem::NotFound
    );
    assert_eq!(
        get().path("id", "x").request().path::<u8>("id").expect_err("a letter is refused").problem,
        Problem::NotFound
    );
    assert_eq!(
        get().request().path::<u8>("id").expect_err("a missing parameter is refused").problem,
        Problem::NotFound
    );
}

#[test]
fn every_query_parameter_must_be_taken_and_may_not_be_repeated() {
    let mut query = get().query("a=1%2C2&b=&c=%E2%82%AC+x").request().query().expect("the query is valid");
    assert_eq!(query.take::<String>("a").expect("a is a text").as_deref(), Some("1,2"));
    assert_eq!(query.take::<u8>("b").expect("b is empty"), None);
    assert_eq!(
        field_of(&Query::parse("n=x").and_then(|mut q| q.take::<u8>("n")).expect_err("n is not a number")),
        "n"
    );
    assert_eq!(field_of(&query.end().expect_err("c was not taken")), "c");
    assert_eq!(
        field_of(&Query::parse("=x").and_then(Query::end).expect_err("the parameter has no name")),
        "\"\""
    );
    assert_eq!(field_of(&get().query("a=1&a=2").request().query().expect_err("a is repeated")), "a");
}

#[test]
fn the_detail_of_an_unreadable_body_names_json_types() {
    for (body, expected) in [
        (r#""x""#, "expected an object at line 1 column "),
        (r#"{"owner":true,"lines":[]}"#, "expected a string at line 1 column "),
        (r#"{"owner":"x","lines":1}"#, "expected an array at line 1 column "),
        (
            r#"{"owner":"x","lines":[{"pieces":1.5}]}"#,
            "expected a whole number of at most 64 bits at line 1 ",
        ),
        (r#"{"owner":"x","lines":[],"more":1}"#, "expected `owner` or `lines` at line 1 column "),
    ] {
        let refused = post().body(body).request().json::<Basket>().expect_err(body);
        let Problem::Malformed(problem) = refused.problem else { panic!("{body} is malformed") };
        assert!(problem.detail.starts_with(expected), "{body}: {}", problem.detail);
    }
}

#[test]
fn a_bad_number_is_refused_with_the_numbers_that_are_valid() {
    let mut query = Query::parse("a=7&b=&c=-1").expect("the query is valid");
    assert_eq!(query.take_number::<u64>("a", "unused").expect("a is a number"), Some(7));
    assert_eq!(query.take_number::<u64>("b", "unused").expect("b is empty"), None);
    let refused = query.take_number::<u64>("c", "must be 0 or more").expect_err("c is negative");
    let Problem::Malformed(problem) = refused.problem else { panic!("c is malformed") };
    assert_eq!((&*problem.field, &*problem.detail), ("c", "must be 0 or more"));
}

proptest! {
    #[test]
    fn no_query_string_panics(raw in ".*") {
        if let Ok(mut query) = Query::parse(&raw) {
            query.take::<u8>("limit").ok();
        }
    }

    #[test]
    fn no_body_panics(text in ".*", pieces in any::<i64>()) {
        post().body(&text).request().json::<Basket>().ok();
        let line = post().body(&format!("{{\"pieces\":{pieces}}}")).request().json::<Line>();
        prop_assert_eq!(line.map_err(|failure| failure.problem), Ok(Line { pieces }));
    }
}
