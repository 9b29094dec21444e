//! A stack without functions that receives spans, and a client of it.

use std::path::{Path, PathBuf};

use localstack::binaries::Binaries;
use localstack::otlp::{Backend, TraceLimits};
use localstack::stack::{FunctionBinaries, TelemetryOptions};
use localstack::{RunningStack, Stack, StackOptions};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use reqwest::{Client, RequestBuilder, Response};

/// A stack that receives spans.
pub(crate) struct Receiver {
    pub(crate) stack: RunningStack,
    client: Client,
    folder: PathBuf,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A receiver that keeps as much as it does by default.
pub(crate) async fn start() -> Receiver {
    with(TelemetryOptions::default()).await
}

/// A receiver that keeps so much.
pub(crate) async fn keeping(limits: TraceLimits) -> Receiver {
    with(TelemetryOptions { limits, ..TelemetryOptions::default() }).await
}

/// A receiver that hands everything on.
pub(crate) async fn forwarding(backend: Backend) -> Receiver {
    with(TelemetryOptions { forward: Some(backend), ..TelemetryOptions::default() }).await
}

async fn with(telemetry: TelemetryOptions) -> Receiver {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(uuid::Uuid::new_v4().to_string());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("template.yaml"), "Resources: {}").unwrap();
    let options = StackOptions {
        project: folder.clone(),
        functions: FunctionBinaries::Built(Binaries::default()),
        telemetry: Some(telemetry),
        ..StackOptions::default()
    };
    let stack = Stack::start(options).await.unwrap();
    Receiver { stack, client: Client::new(), folder }
}

impl Receiver {
    /// Where OTLP over gRPC is taken.
    pub(crate) fn grpc(&self) -> String {
        self.stack.otlp().unwrap().grpc.clone()
    }

    /// A POST of spans.
    pub(crate) fn post(&self, media_type: &str, body: Vec<u8>) -> RequestBuilder {
        let url = format!("{}/v1/traces", self.stack.otlp().unwrap().http);
        self.client.post(url).header("content-type", media_type).body(body)
    }

    /// Exports in protobuf; all of it must be taken.
    pub(crate) async fn export(&self, request: &ExportTraceServiceRequest) {
        let answer = self.post("application/x-protobuf", request.encode_to_vec()).send().await.unwrap();
        assert_eq!(protobuf(answer).await.partial_success, None);
    }
}

/// A successful answer in protobuf.
pub(crate) async fn protobuf(answer: Response) -> ExportTraceServiceResponse {
    assert_eq!((answer.status().as_u16(), media_type(&answer)), (200, "application/x-protobuf".to_owned()));
    ExportTraceServiceResponse::decode(answer.bytes().await.unwrap()).unwrap()
}

/// The media type of an answer.
pub(crate) fn media_type(answer: &Response) -> String {
    answer.headers()["content-type"].to_str().unwrap().to_owned()
}
