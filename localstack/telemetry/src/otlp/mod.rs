//! The OTLP receiver accepts spans over HTTP and gRPC, stores the newest traces, and optionally forwards all requests.
//!
//! It acts as a collector on loopback: the functions of the stack export to it, and other programs on this machine may
//! export too. The stored traces are in memory and limited by [`TraceLimits`]. The queue for forwarding is limited too,
//! and never delays an exporter.
//!
//! The protocol is the OpenTelemetry Protocol 1.x: <https://opentelemetry.io/docs/specs/otlp/>.

mod encoding;
mod forward;
mod message;
mod receiver;
mod span;
mod store;

use forward::Forwarder;
use receiver::Collector;
use stack_base::http;
use stack_base::listen::LoopbackListener;
use stack_base::stop::Stopped;
use tokio::task::JoinHandle;

pub use forward::{Backend, Forwarded, OtlpError};
pub use span::{Attributes, Event, Id, InvalidId, Link, Span, SpanId, SpanKind, TraceId, ids_of_traceparent};
pub use store::{SpanCounts, TraceLimits, TraceStore};

/// The port of OTLP over HTTP (OTLP specification, "OTLP/HTTP Default Port").
pub const HTTP_PORT: u16 = 4318;
/// The port of OTLP over gRPC (OTLP specification, "OTLP/gRPC Default Port").
pub const GRPC_PORT: u16 = 4317;

/// The listeners of the receiver.
#[derive(Debug)]
pub struct Receivers {
    /// OTLP over HTTP.
    pub http: LoopbackListener,
    /// OTLP over gRPC.
    pub grpc: LoopbackListener,
}

/// Receives spans into `store` until the stack stops, and forwards the requests to `backend`.
///
/// # Errors
/// [`OtlpError`] when forwarding to `backend` is impossible.
pub fn start(
    receivers: Receivers,
    store: &TraceStore,
    backend: Option<&Backend>,
    stopped: &Stopped,
) -> Result<(Option<Forwarded>, Vec<JoinHandle<()>>), OtlpError> {
    let mut tasks = Vec::new();
    let mut to_backend = None;
    if let Some(backend) = backend {
        let (forwarder, task) = Forwarder::start(backend, stopped.clone())?;
        to_backend = Some(forwarder);
        tasks.push(task);
    }
    let forwarded = to_backend.as_ref().map(|forwarder| forwarder.forwarded().clone());
    let collector = Collector { store: store.clone(), forwarder: to_backend };
    let (over_http, mut grpc_stop) = (receiver::http_router(collector.clone()), stopped.clone());
    tasks.push(http::serve_until(receivers.http, over_http, stopped.clone()));
    tasks.push(tokio::spawn(async move {
        receiver::serve_grpc(receivers.grpc, collector, grpc_stop.wait()).await;
    }));
    Ok((forwarded, tasks))
}
