//! Who makes the spans.

use std::env;

use opentelemetry::KeyValue;
use opentelemetry_aws::detector::LambdaResourceDetector;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_semantic_conventions::SCHEMA_URL;
use opentelemetry_semantic_conventions::attribute::{SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_VERSION};

use crate::metrics::NAMESPACE;

/// The function as Lambda describes it (`faas.*` with its version and its memory in bytes, `cloud.*`), as a service
/// of its name. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` have the last word.
pub(crate) fn resource() -> Resource {
    let of_package = [(SERVICE_NAMESPACE, NAMESPACE), (SERVICE_VERSION, env!("CARGO_PKG_VERSION"))];
    let of_package = of_package.map(|(name, value)| KeyValue::new(name, value));
    let name = env::var("OTEL_SERVICE_NAME").or_else(|_| env::var("AWS_LAMBDA_FUNCTION_NAME")).ok();
    Resource::builder_empty()
        .with_schema_url(of_package, SCHEMA_URL)
        .with_detectors(&[
            Box::new(TelemetryResourceDetector),
            Box::new(LambdaResourceDetector),
            Box::new(EnvResourceDetector::new()),
        ])
        .with_attributes(name.map(|name| KeyValue::new(SERVICE_NAME, name)))
        .build()
}
