//! Reading headers, bodies, paths and queries, and the field that a refusal names.

use std::cell::Cell;

use crate::support::{body, get, post};
use es_core::Timestamp;
use http_api::{Answer, ApiError, MAX_BODY_BYTES, NoFields, Problem, Query, respond};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

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
        (r#"{"owner":"o","lines":[{"pieces":1},{"pieces":1,"pieces":100}]}"#, "lines[1].pieces"),
        (r#"{"owner":"o","lines":[[2]]}"#, "lines[0]"),
        (r#"["o",[]]"#, "body"),
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
    let mut query = get().query("a=1%2C2&&c=%E2%82%AC+x").request().query().expect("the query is valid");
    assert_eq!(query.take::<String>("a").expect("a is a text").as_deref(), Some("1,2"));
    assert_eq!(query.take::<u8>("b").expect("b is missing"), None);
    assert_eq!(
        field_of(&Query::parse("n=x").and_then(|mut q| q.take::<u8>("n")).expect_err("n is not a number")),
        "n"
    );
    assert_eq!(field_of(&query.end().expect_err("c was not taken")), "c");
    for raw in ["=x", "=", "a=1&=", "=x&=y"] {
        assert_eq!(field_of(&Query::parse(raw).expect_err(raw)), "\"\"", "{raw}");
    }
    assert_eq!(field_of(&get().query("a=1&a=2").request().query().expect_err("a is repeated")), "a");
}

#[test]
fn a_parameter_that_is_not_utf_8_is_refused() {
    for (raw, name) in
        [("n=kettle%FF", "n"), ("a=1&n=%E2%82", "n"), ("n=%EF%BF%BD", "n"), ("n%FF=1", "n\u{fffd}")]
    {
        let Problem::Malformed(problem) = Query::parse(raw).expect_err(raw).problem else {
            panic!("{raw} is malformed")
        };
        assert_eq!((problem.field.as_str(), problem.code), (name, "parameter-malformed"), "{raw}");
    }
}

#[test]
fn an_empty_parameter_is_never_taken_for_a_missing_one() {
    for raw in ["n=", "n", "a=1&n=", "n=&n=", "n=&a=1"] {
        let Problem::Malformed(problem) = Query::parse(raw).expect_err(raw).problem else {
            panic!("{raw} is malformed")
        };
        assert_eq!((problem.field.as_str(), problem.code), ("n", "parameter-empty"), "{raw}");
    }
}

#[tokio::test]
async fn a_command_with_a_query_parameter_is_refused_and_not_executed() {
    let executed = Cell::new(0);
    let execute = || async {
        executed.set(executed.get() + 1);
        Answer::ok(&1)
    };
    for (raw, field) in [("dry_run=true", "dry_run"), ("n=", "n"), ("=x", "\"\"")] {
        let refused = respond("test", &post().query(raw).request(), execute()).await;
        assert_eq!(
            (refused.status_code, &body(&refused)["errors"][0]["field"]),
            (400, &Value::from(field)),
            "{raw}"
        );
    }
    assert_eq!(executed.get(), 0);
    assert_eq!(respond("test", &post().request(), execute()).await.status_code, 200);
    // A query reads its own parameters.
    assert_eq!(respond("test", &get().query("limit=1").request(), execute()).await.status_code, 200);
    assert_eq!(executed.get(), 2);
}

#[test]
fn a_plus_sign_that_became_a_space_is_explained() {
    let detail = |raw: &str| {
        let refused = Query::parse(raw).and_then(|mut query| query.take::<Timestamp>("from"));
        let Problem::Malformed(problem) = refused.expect_err(raw).problem else {
            panic!("{raw} is malformed")
        };
        assert_eq!(problem.field, "from");
        problem.detail
    };
    assert!(
        detail("from=2026-11-22T10:00:00+01:00")
            .ends_with("; a + in a query string is a space, so write %2B")
    );
    for raw in ["from=yesterday", "from=+soon", "from=2026-11-22T10:00:00%2B01"] {
        assert!(!detail(raw).contains("%2B"), "{raw}: {}", detail(raw));
    }
    let mut query = Query::parse("from=2026-11-22T10:00:00%2B01:00").expect("the query is valid");
    assert!(query.take::<Timestamp>("from").expect("the sign is encoded").is_some());
}

#[test]
fn the_detail_of_an_unreadable_body_names_json_types() {
    for (body, expected) in [
        (r#""x""#, "expected an object"),
        (r#"["x",[]]"#, "expected an object"),
        (r#"{"owner":"x","lines":[[1]]}"#, "expected an object"),
        (r#"{"owner":true,"lines":[]}"#, "expected a string"),
        (r#"{"owner":"x","lines":1}"#, "expected an array"),
        (r#"{"owner":"x","lines":[{"pieces":1.5}]}"#, "expected a whole number of at most 64 bits"),
        (r#"{"owner":"x","lines":[{"pieces":1e30}]}"#, "expected a whole number of at most 64 bits"),
        (r#"{"owner":"x","lines":[],"more":1}"#, "expected `owner` or `lines`"),
        (r#"{"owner":"x","lines":[],"lines":[]}"#, "repeated member; send the member once"),
    ] {
        let refused = post().body(body).request().json::<Basket>().expect_err(body);
        let Problem::Malformed(problem) = refused.problem else { panic!("{body} is malformed") };
        assert_eq!(problem.detail, expected, "{body}");
    }
}

#[test]
fn a_bad_number_is_refused_with_the_numbers_that_are_valid() {
    let mut query = Query::parse("a=7&c=-1&d=%2B1&e=1.0&f=-0").expect("the query is valid");
    assert_eq!(query.take_number::<u64>("a", "unused").expect("a is a number"), Some(7));
    assert_eq!(query.take_number::<u64>("b", "unused").expect("b is missing"), None);
    for name in ["d", "e", "f"] {
        assert_eq!(field_of(&query.take_number::<u64>(name, "must be digits").expect_err(name)), name);
    }
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
