//! Collectors with HTTPS.

use std::fs;
use std::path::Path;

use serde_json::json;
use testing::tls::TlsFront;

use crate::collector::Collector;
use crate::function::Function;

const VARIABLE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";

#[tokio::test]
async fn a_collector_with_the_configured_certificate_is_trusted() {
    let collector = Collector::start().await;
    let front = TlsFront::start(&collector.endpoint).await;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("collector.pem");
    fs::write(&path, front.certificate()).unwrap();
    let trusted = [(VARIABLE, path.to_str().unwrap())];
    let mut function = Function::with_endpoint(front.endpoint(), &trusted).await;
    function.handle(json!({})).await;
    assert_eq!(collector.received().spans.len(), 1);
}

#[tokio::test]
async fn a_collector_without_a_trusted_certificate_gets_nothing() {
    let collector = Collector::start().await;
    let front = TlsFront::start(&collector.endpoint).await;
    let missing = (VARIABLE, "no/such/file.pem");
    for (variables, problem) in [(vec![], "certificate"), (vec![missing], "no/such/file.pem")] {
        let mut function = Function::with_endpoint(front.endpoint(), &variables).await;
        function.handle(json!({})).await;
        let (lines, _) = function.end().await;
        let error = lines.last().unwrap()["error"].as_str().unwrap();
        assert!(error.contains(problem), "{error}");
    }
    assert_eq!(collector.received().requests, 0);
}
