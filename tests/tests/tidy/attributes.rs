//! Checks that every span attribute in the sources is a current OpenTelemetry convention or one of the project's own.

use std::collections::BTreeSet;
use std::fs;

use crate::conventions::{OWN, current};
use crate::workspace::{files, root};

/// The fields that `tracing-opentelemetry` uses for a span's name, kind and status. They do not become attributes.
const SPAN: [&str; 3] = ["otel.name", "otel.kind", "otel.status_code"];

/// The part of `text` before its closing parenthesis. `text` begins after the opening one.
fn enclosed(text: &str) -> &str {
    let (mut depth, mut quoted, mut before) = (1, false, ' ');
    let end = text.find(|character| {
        if character == '"' && before != '\\' {
            quoted = !quoted;
        }
        before = character;
        match character {
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    &text[..end.expect("a closing parenthesis")]
}

/// The names of the fields in `list`: `a.b = 1, "c.d" = Empty`.
fn fields(list: &str) -> Vec<String> {
    let (mut names, mut rest) = (Vec::new(), list);
    while !rest.is_empty() {
        let mut depth = 0;
        let end = rest.find(|character| {
            match character {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
            depth == 0 && character == ','
        });
        let (field, following) = end.map_or((rest, ""), |end| (&rest[..end], &rest[end + 1..]));
        names.extend(name_of(field));
        rest = following;
    }
    names
}

/// The name of `field`: the part before `=`, or all of a field that is a variable (`%order`). A message has no name.
fn name_of(field: &str) -> Option<String> {
    let name = field.split_once('=').map_or(field, |(name, _)| name).trim();
    let is_path = |text: &str| {
        !text.is_empty()
            && text.chars().all(|character| character.is_alphanumeric() || "._".contains(character))
    };
    let quoted = field.contains('=').then(|| name.strip_prefix('"')?.strip_suffix('"')).flatten();
    let bare = name.trim_start_matches(['%', '?']);
    quoted.or_else(|| is_path(bare).then_some(bare)).map(ToOwned::to_owned)
}

/// The names of all span fields in a source.
fn named(text: &str) -> Vec<String> {
    let lists = |text, start| str::split(text, start).skip(1).map(enclosed);
    let spans = lists(text, "_span!(");
    let instrumented = lists(text, "instrument(").flat_map(|attribute| lists(attribute, "fields("));
    let recorded = [".record(", "set_attribute("].into_iter().flat_map(|start| text.split(start).skip(1));
    let recorded = recorded.filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next());
    spans.chain(instrumented).flat_map(fields).chain(recorded.map(ToOwned::to_owned)).collect()
}

#[test]
fn the_conventions_are_read_from_their_crate() {
    let conventions = current();
    assert!(conventions.len() > 500, "only {} names", conventions.len());
    for (name, current) in [("http.request.method", true), ("rpc.system.name", true), ("rpc.system", false)] {
        assert_eq!(conventions.contains(name), current, "{name}");
    }
}

#[test]
fn attribute_names_are_found_in_sources() {
    let text = r#"info_span!("a", otel.name = format!("{}, {b}", c(d)), "error.type" = Empty, x.y = %z);
        #[tracing::instrument(name = "n", skip_all, fields(p.q = Empty, my.name="x", %order))]
        span.record("r.s", 1); telemetry::set_attribute("items", 2);"#;
    assert_eq!(named(text), ["otel.name", "error.type", "x.y", "p.q", "my.name", "order", "r.s", "items"]);
}

#[test]
fn every_attribute_is_a_current_convention_or_the_projects_own() {
    let mut known = current();
    known.extend(OWN.iter().chain(&SPAN).map(|name| (*name).to_owned()));
    let mut used = BTreeSet::new();
    for folder in ["functions", "shared"] {
        for path in files(&root().join(folder), ".rs") {
            if !path.components().any(|part| part.as_os_str() == "src") {
                continue;
            }
            for name in named(&fs::read_to_string(&path).expect("text")) {
                assert!(known.contains(&name), "{}: {name} is not a current convention", path.display());
                used.insert(name);
            }
        }
    }
    assert!(used.len() > 30, "only {} names found", used.len());
    assert!(OWN.iter().all(|name| used.contains(*name)), "{used:?}");
}
