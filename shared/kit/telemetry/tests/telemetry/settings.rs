//! Settings in the environment: an invalid variable is named in a warning.

use std::sync::{Arc, Mutex};

use telemetry::Telemetry;

/// The log lines of starting telemetry with `variables`.
fn lines(variables: &[(&str, &str)]) -> String {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&lines);
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let _ =
        Telemetry::assemble("example", variable, move |line| written.lock().unwrap().extend_from_slice(line));
    String::from_utf8(lines.lock().unwrap().clone()).unwrap()
}

#[test]
fn an_invalid_variable_is_named_without_its_value() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    let wrong = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a b"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x key=hunter2"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "hunter2"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("OTEL_TRACES_SAMPLER_ARG", "NaN"),
        ("OTEL_TRACES_SAMPLER_ARG", "half"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "5001"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1s"),
    ];
    for (name, value) in wrong {
        let lines = lines(&[(name, value), endpoint]);
        assert!(
            lines.contains(&format!("{name} is not ")) && lines.contains("\"level\":\"WARN\""),
            "{lines}"
        );
        assert!(!lines.contains("hunter2"), "{lines}");
    }
}

#[test]
fn a_compression_is_named_in_a_warning() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    let (general, of_traces) = ("OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION");
    for (name, value) in [(general, "gzip"), (general, "snappy"), (of_traces, "zstd")] {
        let lines = lines(&[endpoint, (name, value)]);
        assert!(lines.contains(&format!("{name} is not none")) && !lines.contains("disabled"), "{lines}");
    }
    assert_eq!(lines(&[endpoint, (general, "None")]), "");
    assert_eq!(lines(&[endpoint, (general, "gzip"), (of_traces, "none")]), "");
    assert_eq!(lines(&[(general, "gzip")]), "", "without an endpoint there are no spans");
}

#[test]
fn an_invalid_namespace_of_metrics_is_named_in_a_warning_and_disables_nothing() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    for wrong in ["AWS/Lambda", "a shop", "shop\"}", "größe", &"n".repeat(256)] {
        let lines = lines(&[endpoint, ("METRICS_NAMESPACE", wrong)]);
        assert!(lines.contains("METRICS_NAMESPACE is not a namespace of 1 to 255"), "{wrong}: {lines}");
        assert!(lines.contains("metrics are written to the namespace example"), "{wrong}: {lines}");
        assert!(!lines.contains("disabled"), "{wrong}: {lines}");
    }
    for right in ["", "shop/dev", "Shop-1_2.3#4:5", &"n".repeat(255)] {
        assert_eq!(lines(&[endpoint, ("METRICS_NAMESPACE", right)]), "", "{right}");
    }
}

#[test]
fn valid_variables_cause_no_log_line() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example:443/base/");
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20abc,,x-team=blue,");
    let (ratio, timeout) = (("OTEL_TRACES_SAMPLER_ARG", "0.25"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "5000"));
    assert_eq!(lines(&[endpoint, headers, ratio, timeout]), "");
    assert_eq!(lines(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), "");
    assert_eq!(lines(&[("OTEL_SDK_DISABLED", "true"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense")]), "");
}
