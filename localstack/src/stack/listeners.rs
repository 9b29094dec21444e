//! The listeners of a stack.

use std::net::{Ipv4Addr, SocketAddr};

use stack_base::listen::{BoundListener, Port, bind_api_and_next, port_above};
use stack_telemetry::otlp::OtlpError;

use super::error::StackError;
use super::options::{StackOptions, TelemetryOptions};

/// All listeners.
#[derive(Debug)]
pub(super) struct Listeners {
    /// The HTTP API.
    pub(super) api: BoundListener,
    /// The AWS endpoint.
    pub(super) aws: BoundListener,
    /// The console.
    pub(super) console: BoundListener,
    /// OTLP over HTTP and over gRPC; `None` if telemetry is off.
    pub(super) otlp: Option<(BoundListener, BoundListener)>,
}

impl Listeners {
    /// Binds all listeners. The HTTP API gets the port in `options`. The AWS endpoint and the console get the next two
    /// ports, or any free ports if these are taken.
    ///
    /// # Errors
    /// [`StackError::Port`] or [`StackError::Otlp`].
    pub(super) async fn bind(options: &StackOptions) -> Result<Self, StackError> {
        let (api, aws) = bind_api_and_next(options.port).await?;
        let console = BoundListener::to(port_above(options.port, 2), "--port").await?;
        let otlp = match &options.telemetry {
            Some(telemetry) => Some(otlp(telemetry).await?),
            None => None,
        };
        Ok(Self { api, aws, console, otlp })
    }
}

async fn otlp(telemetry: &TelemetryOptions) -> Result<(BoundListener, BoundListener), StackError> {
    let backend = telemetry.forward.as_ref();
    let is_backends = |port| {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        backend.is_some_and(|backend| backend.is_at(address))
    };
    let port = match telemetry.http_port {
        // The backend may start later and must find its port free. If the receiver had this port, it would forward
        // spans to itself.
        Port::Preferably(port) if is_backends(port) => Port::Free,
        port => port,
    };
    let http = BoundListener::to(port, "--otlp-http-port").await?;
    if is_backends(http.address.port()) {
        return Err(OtlpError::OwnAddress.into());
    }
    Ok((http, BoundListener::to(telemetry.grpc_port, "--otlp-grpc-port").await?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use stack_telemetry::otlp::Backend;

    use super::{Listeners, Port, StackOptions, TelemetryOptions};

    async fn bound(http_port: Port, forward: &str) -> Result<Listeners, String> {
        let backend = Backend { url: forward.parse().unwrap(), headers: BTreeMap::new() };
        let telemetry = TelemetryOptions { http_port, forward: Some(backend), ..TelemetryOptions::default() };
        let options = StackOptions { telemetry: Some(telemetry), ..StackOptions::default() };
        Listeners::bind(&options).await.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn the_error_of_a_taken_port_is_one_line_with_its_number() {
        let taken = Listeners::bind(&StackOptions::default()).await.unwrap();
        let port = taken.api.address.port();
        let options = StackOptions { port, ..StackOptions::default() };
        let line = Listeners::bind(&options).await.unwrap_err().to_string();
        assert!(line.starts_with(&format!("port {port} cannot be used: ")), "{line}");
        assert!(line.ends_with("choose another with --port") && !line.contains('\n'), "{line}");
    }

    #[tokio::test]
    async fn spans_are_never_forwarded_to_the_receiver_itself() {
        let port = bound(Port::Free, "http://localhost:1").await.unwrap().otlp.unwrap().0.address.port();
        let backend = format!("http://localhost:{port}");
        let listeners = bound(Port::Preferably(port), &backend).await.unwrap();
        assert_ne!(listeners.otlp.unwrap().0.address.port(), port);
        let line = bound(Port::Exactly(port), &backend).await.unwrap_err();
        assert_eq!(line, "the OTLP backend's URL is the receiver's own address");
    }
}
