//! OTLP over gRPC: the service `opentelemetry.proto.collector.trace.v1.TraceService`.

use std::future::Future;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::net::TcpListener;
use tonic::codec::CompressionEncoding;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use super::collector::Collector;
use super::encoding::REQUEST_LIMIT;

/// Time a request may take, its arrival included.
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// Requests under way on one connection.
const CONCURRENCY: usize = 64;

/// Serves until `stop` completes.
pub(super) async fn serve(listener: TcpListener, collector: Collector, stop: impl Future<Output = ()>) {
    let service = TraceServiceServer::new(Service(collector))
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(REQUEST_LIMIT);
    let server = Server::builder()
        .timeout(REQUEST_TIME)
        .concurrency_limit_per_connection(CONCURRENCY)
        .add_service(service)
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), stop);
    if let Err(error) = server.await {
        tracing::error!(%error, "the OTLP receiver over gRPC has ended");
    }
}

struct Service(Collector);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let request = request.into_inner();
        self.0.forward_message(&request);
        Ok(Response::new(self.0.store(request)))
    }
}
