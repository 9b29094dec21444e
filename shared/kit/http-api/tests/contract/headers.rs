//! The headers that handlers understand: each is absent, valid, or refused with its name.

use crate::support::{body, get, post};
use es_core::{Expectation, StreamVersion, Versions};
use http_api::{Answer, ApiError, Problem, Request, ViewTag, respond};
use proptest::prelude::*;

/// Every header that a request method reads. The closure calls the method.
type Reading = (&'static str, fn(&Request) -> Result<(), ApiError>);

const READINGS: [Reading; 6] = [
    ("If-Match", |request| request.expectation().map(drop)),
    ("If-Match", |request| request.expects_nothing_there().map(drop)),
    ("If-None-Match", |request| request.expectation().map(drop)),
    ("If-None-Match", |request| request.copies().map(drop)),
    ("Idempotency-Key", |request| request.metadata().map(drop)),
    ("Prefer", |request| request.wait().map(drop)),
];

fn field_of(failure: &ApiError) -> &str {
    match &failure.problem {
        Problem::Malformed(field) => &field.field,
        other => panic!("the request must be malformed: {other:?}"),
    }
}

fn listed(versions: &[u64]) -> Versions {
    Versions::Listed(versions.iter().map(|version| StreamVersion::new(*version)).collect())
}

#[test]
fn a_header_that_is_not_text_is_refused_with_its_name() {
    for (name, read) in READINGS {
        read(&post().request()).expect(name);
        let refused = read(&post().curly(name).request()).expect_err(name);
        assert_eq!((field_of(&refused), refused.problem.status()), (name, 400));
        let empty = read(&post().header(name, "").request()).expect_err(name);
        assert_eq!(field_of(&empty), name);
    }
}

#[test]
fn tracing_headers_are_ignored_when_they_are_malformed() {
    for name in ["traceparent", "tracestate", "x-amzn-trace-id"] {
        let metadata = post().curly(name).request().metadata().expect(name);
        assert_eq!(metadata.traceparent, None, "{name}");
    }
}

#[test]
fn if_match_lists_the_expected_versions() {
    let expectation = |tags: &str| post().header("if-match", tags).request().expectation();
    assert_eq!(post().request().expectation().expect("the header is optional"), Expectation::Any);
    for (tags, versions) in [
        ("*", Versions::All),
        (" * ", Versions::All),
        ("\"12\"", listed(&[12])),
        ("\"1\",\"2\"", listed(&[1, 2])),
        (", \"1\" ,, \"2\",", listed(&[1, 2])),
        // A weak tag never matches strongly.
        ("W/\"1\"", listed(&[])),
        ("W/\"1\", \"2\"", listed(&[2])),
        // The tags of views have a digest after the version.
        ("\"3.0a1b2c3d\", \"4\"", listed(&[3, 4])),
        ("W/\"3.0a1b2c3d\"", listed(&[])),
        (
            "\"3.0a1b2c3\", \"3.0A1B2C3D\", \"3.\", \".0a1b2c3d\", \"03.0a1b2c3d\", \"3.0a1b2c3d.\"",
            listed(&[]),
        ),
        // Tags that no version has.
        ("\"+1\", \"01\", \"\", \"a,b\", \"99999999999999999999\"", listed(&[])),
    ] {
        let expected = Expectation::Version { one_of: Some(versions), none_of: None };
        assert_eq!(expectation(tags).expect(tags), expected, "{tags}");
    }
    for tags in ["12", "\"1", "1\"", "\"1\" \"2\"", "*, \"1\"", "\"1\", *", "w/\"1\"", "W/", "\"a b\"", ","] {
        assert_eq!(field_of(&expectation(tags).expect_err(tags)), "If-Match", "{tags}");
    }
}

#[test]
fn if_none_match_is_compared_weakly() {
    for (tags, versions) in [
        ("\"3\"", listed(&[3])),
        ("W/\"3\"", listed(&[3])),
        ("\"1\", W/\"3\"", listed(&[1, 3])),
        ("*", Versions::All),
        ("\"3.0a1b2c3d\", W/\"4.0a1b2c3d\"", listed(&[3, 4])),
        ("\"x\"", listed(&[])),
    ] {
        let request = get().header("if-none-match", tags).request();
        let expected = Expectation::Version { one_of: None, none_of: Some(versions) };
        assert_eq!(request.expectation().expect(tags), expected, "{tags}");
    }
    for tags in ["3", "", "W/3", "W/\"1\", *"] {
        let refused = get().header("if-none-match", tags).request().copies().expect_err(tags);
        assert_eq!(field_of(&refused), "If-None-Match", "{tags}");
    }
    assert_eq!(get().request().copies().expect("the header is optional"), None);
}

#[test]
fn a_copy_of_a_view_has_the_version_and_the_body_of_the_view() {
    let tag = ViewTag::new(StreamVersion::new(3), "{}");
    let has_copy = |tags: &str| {
        let request = get().header("if-none-match", tags).request();
        request.copies().expect(tags).expect(tags).contain(&tag)
    };
    for tags in [tag.to_string(), format!("W/{tag}"), format!("\"1\", {tag}"), "*".to_owned()] {
        assert!(has_copy(&tags), "{tags}");
    }
    let other_body = ViewTag::new(StreamVersion::new(3), "{ }").to_string();
    let other_version = ViewTag::new(StreamVersion::new(4), "{}").to_string();
    for tags in [other_body, other_version, "\"3\"".to_owned()] {
        assert!(!has_copy(&tags), "{tags}");
    }
}

#[test]
fn a_creation_reads_nothing_unless_it_has_a_precondition() {
    let expectation = |name: &str, tags: &str| post().header(name, tags).request().expects_nothing_there();
    assert_eq!(post().request().expects_nothing_there().expect("no header is needed"), Expectation::New);
    for name in ["if-match", "if-none-match"] {
        assert!(matches!(expectation(name, "*"), Ok(Expectation::Version { .. })), "{name}");
    }
    let refused = post().header("if-none-match", "\"1\"").request().refuse_preconditions("remove it");
    assert_eq!(field_of(&refused.expect_err("a precondition is refused")), "If-None-Match");
    post().request().refuse_preconditions("remove it").expect("no precondition is fine");
}

#[test]
fn a_preferred_wait_is_limited() {
    let wait = |value: &str| get().header("prefer", value).request().wait();
    for (value, seconds) in [
        ("wait=5", 5),
        ("respond-async, Wait = 7", 7),
        ("wait=3600", 20),
        ("wait=99999999999999999999", 20),
        ("wait=\"6\"", 6),
        ("wait=3; foo; bar=\"a,b;c\\\"\"", 3),
        // The first of two equal preferences counts.
        ("wait=4,wait=abc", 4),
        // Unknown preferences are ignored.
        ("return=minimal; wait=9", 0),
        ("note=\"wait=9, x\"", 0),
        ("waiting", 0),
    ] {
        assert_eq!(wait(value).expect(value).as_secs(), seconds, "{value}");
    }
    for value in [
        "wait",
        "wait=",
        "wait=-1",
        "wait=abc",
        "wait=1.5",
        "wait=+1",
        "=1",
        "a b",
        ";",
        ",",
        "a=\"b",
        "a=b\"",
        "wait=3;=",
        "wait=3,;a",
        "a=\"b\"c\"d\"",
        "wait=3\\,a",
        "a=\"b\"\\",
    ] {
        assert_eq!(field_of(&wait(value).expect_err(value)), "Prefer", "{value}");
    }
}

#[test]
fn an_idempotency_key_is_bare_or_quoted() {
    let key = |text: &str| post().header("idempotency-key", text).request().given_key();
    for (text, bare) in [("k", "k"), ("\"k\"", "k"), ("a,b", "a,b"), ("a\"b", "a\"b")] {
        assert_eq!(key(text).expect(text).expect("a key is given").as_str(), bare);
    }
    for text in ["\"", "\"\"", "\"k", "\"a\",\"b\"", "a b", &"x".repeat(256)] {
        assert_eq!(field_of(&key(text).expect_err(text)), "Idempotency-Key", "{text}");
    }
    assert_eq!(post().request().given_key().expect("the header is optional"), None);
}

#[tokio::test]
async fn an_invalid_correlation_id_is_refused_before_any_work() {
    let long = "x".repeat(129);
    for request in [
        post().header("x-correlation-id", "a b").request(),
        post().header("x-correlation-id", "").request(),
        post().header("x-correlation-id", &long).request(),
        post().curly("x-correlation-id").request(),
    ] {
        let response = respond("test", &request, async { panic!("the request must not be executed") }).await;
        assert_eq!(
            (response.status_code, &body(&response)["errors"][0]["field"]),
            (400, &"X-Correlation-Id".into())
        );
        assert_eq!(response.headers["x-correlation-id"], request.id());
    }
    let request = post().header("x-correlation-id", "a,b").request();
    let response = respond("test", &request, async { Answer::ok(&()) }).await;
    assert_eq!(response.headers["x-correlation-id"], "a,b");
}

proptest! {
    #[test]
    fn no_header_panics_and_every_refusal_names_it(text in "[ -~\u{80}-\u{ff}\u{201c}]{0,40}") {
        for (name, read) in READINGS {
            if let Err(refused) = read(&post().header(name, &text).request()) {
                prop_assert_eq!(field_of(&refused), name);
            }
        }
    }

    #[test]
    fn a_list_of_tags_is_read_to_its_end(versions in prop::collection::vec(1_u64.., 1..9), gap in "[ \t]{0,2}") {
        let tags: Vec<_> = versions.iter().map(|version| format!("\"{version}\"")).collect();
        let request = post().header("if-match", &tags.join(&format!("{gap},{gap}"))).request();
        let expected = Expectation::Version { one_of: Some(listed(&versions)), none_of: None };
        prop_assert_eq!(request.expectation().ok(), Some(expected));
    }
}
