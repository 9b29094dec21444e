//! Tests of the rows of a waterfall.

use std::sync::Arc;

use serde_json::json;

use super::Waterfall;
use crate::otlp::{Attributes, Link, Span, SpanKind, TraceLimits, TraceStore};

/// Creates the span `id` of the trace `trace`, from `start` to `end` milliseconds.
fn span(trace: u8, id: u8, parent: Option<u8>, name: &str, [start, end]: [u64; 2]) -> Span {
    Span {
        trace_id: [trace; 16].as_slice().try_into().unwrap(),
        span_id: [id; 8].as_slice().try_into().unwrap(),
        parent: parent.map(|parent| [parent; 8].as_slice().try_into().unwrap()),
        name: name.to_owned(),
        kind: SpanKind::Internal,
        start_ns: 1_700_000_000_000_000_000 + start * 1_000_000,
        end_ns: 1_700_000_000_000_000_000 + end * 1_000_000,
        error: None,
        attributes: Attributes::new(),
        links: Vec::new(),
        events: Vec::new(),
        resource: Arc::new(Attributes::from([("service.name".to_owned(), json!("order-projection"))])),
    }
}

fn linked(span: Span, to: &[(u8, u8)]) -> Span {
    let link = |(trace, id): &(u8, u8)| Link {
        trace_id: [*trace; 16].as_slice().try_into().unwrap(),
        span_id: [*id; 8].as_slice().try_into().unwrap(),
        attributes: Attributes::new(),
    };
    Span { links: to.iter().map(link).collect(), ..span }
}

/// Creates the waterfall of trace 1. The spans arrive in reverse order, because exporters send children before parents.
fn waterfall(spans: Vec<Span>) -> Waterfall {
    let store = TraceStore::new(TraceLimits::default());
    store.take(spans.into_iter().rev().collect(), 0);
    Waterfall::from_trace(&store, [1; 16].as_slice().try_into().unwrap()).unwrap()
}

fn shown(waterfall: &Waterfall) -> Vec<String> {
    let row = |row: &super::WaterfallRow| {
        format!("{}{}{}", ". ".repeat(row.depth), if row.is_hop { "> " } else { "" }, row.span.name)
    };
    waterfall.rows.iter().map(row).collect()
}

/// A command on one order, and a projection batch with this order's commit and another order's commit.
fn hop() -> Vec<Span> {
    vec![
        span(1, 1, None, "command.create_order", [0, 10]),
        span(1, 2, Some(1), "event_store.append_event", [4, 9]),
        span(1, 3, Some(2), "DynamoDB.PutItem", [5, 8]),
        linked(span(2, 1, None, "projection.handle_event", [20, 40]), &[(9, 9), (1, 1)]),
        linked(span(2, 2, Some(1), "projection.order_shipped", [21, 25]), &[(9, 9)]),
        span(2, 3, Some(2), "read_store.apply shipped", [22, 24]),
        linked(span(2, 4, Some(1), "projection.order_created", [26, 30]), &[(1, 1)]),
        span(2, 5, Some(4), "read_store.apply created", [27, 29]),
    ]
}

#[test]
fn a_waterfall_includes_linked_traces_without_parts_of_other_commands() {
    let waterfall = waterfall(hop());
    assert_eq!(
        shown(&waterfall),
        [
            "command.create_order",
            ". event_store.append_event",
            ". . DynamoDB.PutItem",
            ". > projection.handle_event",
            ". . projection.order_created",
            ". . . read_store.apply created",
        ]
    );
    assert_eq!(waterfall.duration_ns, 40_000_000);
    assert_eq!(waterfall.rows[3].offset_ns, 20_000_000);
}

#[test]
fn a_batch_is_found_by_the_links_of_its_children_too() {
    let mut spans = hop();
    spans[3].links.truncate(1);
    assert_eq!(shown(&waterfall(spans)).len(), 6);
}

#[test]
fn a_span_without_its_parent_is_a_root() {
    let mut spans = hop();
    spans.remove(0);
    assert_eq!(
        shown(&waterfall(spans)),
        ["event_store.append_event", ". DynamoDB.PutItem"],
        "a span that links to a missing span is not shown yet"
    );
}

#[test]
fn spans_in_a_circle_of_parents_are_shown_once() {
    let circle = vec![span(1, 1, Some(2), "a", [0, 1]), span(1, 2, Some(1), "b", [0, 1])];
    assert_eq!(waterfall(circle).rows.len(), 2);
}

#[test]
fn deep_nesting_is_shown_completely() {
    let deep = (1..=200).map(|id| span(1, id, (id > 1).then(|| id - 1), "deep", [0, 1])).collect();
    assert_eq!(waterfall(deep).rows.last().unwrap().depth, 199);
}

#[test]
fn the_text_has_the_requested_width() {
    let text = waterfall(hop()).text(60);
    assert_eq!(
        text,
        "\
command.create_order          ████···············    10.0 ms
  event_store.append_event    ·███···············     5.0 ms
    DynamoDB.PutItem          ··█················     3.0 ms
  ⇢ projection.handle_event … ·········██████████    20.0 ms
    projection.order_created  ············██·····     4.0 ms
      read_store.apply creat… ············█······     2.0 ms
"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 60));
}

#[test]
fn control_characters_in_a_name_are_removed() {
    let text = waterfall(vec![span(1, 1, None, "\u{1b}[31mred\n", [0, 1])]).text(60);
    assert_eq!(text.lines().count(), 1);
    assert!(text.starts_with("[31mred "), "{text}");
}

#[test]
fn json_has_times_in_microseconds() {
    let json = json!(waterfall(hop()));
    assert_eq!((&json["duration_us"], &json["rows"][3]["offset_us"]), (&json!(40_000.0), &json!(20_000.0)));
    let row = &json["rows"][3];
    assert_eq!(
        (&row["is_hop"], &row["service"], &row["kind"]),
        (&json!(true), &json!("order-projection"), &json!("internal"))
    );
    assert_eq!(row["links"][1], json!({"trace_id": "01".repeat(16), "span_id": "01".repeat(8)}));
}
