//! Tests of the store: stored spans, counters and eviction.

use std::time::Duration;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use stack_telemetry::otlp::{SpanCounts, TraceLimits};

use crate::messages::{request, span};
use crate::receiver::{keeping, start};

/// Timeout that is far longer than any step of these tests.
const TIMEOUT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn the_oldest_trace_is_evicted() {
    let receiver = keeping(TraceLimits { traces: 2, spans: 10, ..TraceLimits::default() }).await;
    receiver.export(&request(vec![span(1, 1), span(1, 2), span(2, 1)])).await;
    receiver.export(&request(vec![span(1, 3), span(3, 1)])).await;
    let store = &receiver.traces;
    let names: Vec<_> = store.traces().concat().iter().map(|span| span.trace_id.to_string()).collect();
    assert_eq!(names, ["03".repeat(16), "02".repeat(16)]);
    assert_eq!(store.counts(), SpanCounts { received: 5, evicted: 3, ..SpanCounts::default() });
}

#[tokio::test]
async fn a_single_trace_is_limited_too() {
    let receiver = keeping(TraceLimits { traces: 10, spans: 2, ..TraceLimits::default() }).await;
    receiver.export(&request(vec![span(1, 1), span(1, 2), span(1, 3)])).await;
    receiver.export(&request(vec![span(1, 4)])).await;
    let store = &receiver.traces;
    assert_eq!(store.traces().concat().len(), 1);
    assert_eq!(store.counts(), SpanCounts { received: 4, evicted: 3, ..SpanCounts::default() });
}

#[tokio::test]
async fn the_memory_of_all_spans_is_limited() {
    let limits = TraceLimits { bytes: 100_000, ..TraceLimits::default() };
    let receiver = keeping(limits).await;
    for trace in 1..=4 {
        let mut large = span(trace, 1);
        large.name = "x".repeat(40_000);
        receiver.export(&request(vec![large])).await;
    }
    let kept = receiver.traces.traces().concat();
    let traces: Vec<_> = kept.iter().map(|span| span.trace_id.to_string()).collect();
    assert_eq!(traces, ["04".repeat(16), "03".repeat(16)]);
    assert!(kept.iter().map(|span| span.memory()).sum::<usize>() <= limits.bytes);
}

#[tokio::test]
async fn long_attributes_links_events_and_resources_are_memory() {
    let receiver = start().await;
    let text = || "x".repeat(10_000);
    let pair = || vec![KeyValue { key: text(), ..KeyValue::default() }];
    let link = Link { trace_id: vec![2; 16], span_id: vec![2; 8], attributes: pair(), ..Link::default() };
    let event = Event { name: text(), attributes: pair(), ..Event::default() };
    let large = Span { attributes: pair(), links: vec![link], events: vec![event], ..span(1, 1) };
    let mut request = request(vec![large]);
    request.resource_spans[0].resource.get_or_insert_default().attributes = pair();
    receiver.export(&request).await;
    let memory = receiver.traces.traces().concat()[0].memory();
    assert!((50_000..52_000).contains(&memory), "{memory}");
}

#[tokio::test]
async fn a_span_that_is_sent_twice_is_stored_and_counted_once() {
    let receiver = start().await;
    receiver.export(&request(vec![span(1, 1), span(1, 2)])).await;
    receiver.export(&request(vec![span(1, 2), span(2, 2)])).await;
    let counts = receiver.traces.counts();
    assert_eq!((counts.received, counts.repeated), (3, 1));
}

#[tokio::test]
async fn a_waiting_task_gets_the_span_when_it_arrives() {
    let receiver = start().await;
    let store = receiver.traces.clone();
    let wanted = |span: &stack_telemetry::otlp::Span| span.name == "span 2";
    let waiting =
        tokio::spawn(
            async move { store.wait_for(TIMEOUT, |store| store.spans(wanted).first().cloned()).await },
        );
    receiver.export(&request(vec![span(1, 1)])).await;
    receiver.export(&request(vec![span(1, 2)])).await;
    assert_eq!(waiting.await.unwrap().unwrap().name, "span 2");
    let never = receiver.traces.wait_for(Duration::ZERO, |store| store.spans(|_| false).pop()).await;
    assert_eq!(never, None);
}

#[tokio::test]
async fn traces_that_link_to_another_are_found() {
    let receiver = start().await;
    let link = Link { trace_id: vec![1; 16], span_id: vec![1; 8], ..Link::default() };
    let mut linked = span(2, 1);
    linked.links = vec![link];
    receiver.export(&request(vec![span(1, 1), linked, span(2, 2), span(3, 1)])).await;
    let trace = "01".repeat(16).parse().unwrap();
    let found: Vec<_> = receiver.traces.linked_to(trace).concat();
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|span| span.trace_id.to_string() == "02".repeat(16)));
}
