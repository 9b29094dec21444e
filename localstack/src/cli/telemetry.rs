//! The options of `cargo local` for telemetry.

use std::collections::BTreeMap;

use clap::Args;
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use stack_base::listen::Port;
use stack_telemetry::otlp::{Backend, GRPC_PORT, HTTP_PORT, TraceLimits};

use crate::stack::TelemetryOptions;

/// The options of the OTLP receiver.
#[derive(Debug, Clone, Args)]
pub struct TelemetryArguments {
    /// Run the functions without telemetry
    #[arg(long, global = true, conflicts_with_all = ["otlp_http_port", "otlp_grpc_port", "otlp_forward"])]
    pub no_telemetry: bool,
    /// Port of OTLP over HTTP on loopback [default: 4318, or a free port if 4318 is in use]
    #[arg(long, value_name = "PORT", global = true)]
    pub otlp_http_port: Option<u16>,
    /// Port of OTLP over gRPC on loopback [default: 4317, or a free port if 4317 is in use]
    #[arg(long, value_name = "PORT", global = true)]
    pub otlp_grpc_port: Option<u16>,
    /// Also send all spans to this backend; /v1/traces is appended to the URL
    #[arg(long, value_name = "URL", global = true)]
    pub otlp_forward: Option<Url>,
    /// Headers for the backend, for example with its API key
    #[arg(
        long, value_name = "NAME=VALUE,…", value_parser = headers, global = true,
        env = "OTEL_EXPORTER_OTLP_HEADERS", hide_env_values = true
    )]
    pub otlp_forward_headers: Option<Headers>,
}

/// Header values by header name.
pub type Headers = BTreeMap<String, String>;

impl TelemetryArguments {
    /// The telemetry options of a stack; `None` if telemetry is off.
    #[must_use]
    pub fn options(self) -> Option<TelemetryOptions> {
        if self.no_telemetry {
            return None;
        }
        let port = |chosen: Option<u16>, usual| chosen.map_or(Port::Preferably(usual), Port::Exactly);
        let headers = self.otlp_forward_headers.unwrap_or_default();
        Some(TelemetryOptions {
            http_port: port(self.otlp_http_port, HTTP_PORT),
            grpc_port: port(self.otlp_grpc_port, GRPC_PORT),
            limits: TraceLimits::default(),
            forward: self.otlp_forward.map(|url| Backend { url, headers }),
        })
    }
}

/// The headers cannot be sent. The error never shows a value, because a value may be a secret.
#[derive(Debug, thiserror::Error)]
enum HeaderError {
    #[error("write each header as NAME=VALUE")]
    Form,
    #[error("{0:?} is not a valid header name")]
    Name(String),
    #[error("the value of {0} contains characters that a header value cannot have")]
    Value(HeaderName),
}

/// Reads `name=value,name=value` with percent-encoded values (OpenTelemetry specification, "Specifying headers via
/// environment variables").
fn headers(text: &str) -> Result<Headers, HeaderError> {
    text.split(',').map(str::trim).filter(|pair| !pair.is_empty()).map(header).collect()
}

fn header(pair: &str) -> Result<(String, String), HeaderError> {
    let (name, value) = pair.split_once('=').ok_or(HeaderError::Form)?;
    let name = name.trim();
    let name = HeaderName::try_from(name).map_err(|_| HeaderError::Name(name.to_owned()))?;
    let value = percent_encoding::percent_decode_str(value.trim()).decode_utf8();
    match value.ok().filter(|value| HeaderValue::from_str(value).is_ok()) {
        Some(value) => Ok((name.to_string(), value.into_owned())),
        None => Err(HeaderError::Value(name)),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::Arguments;
    use crate::stack::TelemetryOptions;
    use stack_base::listen::Port;

    fn options(line: &str) -> Result<Option<TelemetryOptions>, clap::Error> {
        let line = line.split(' ').filter(|word| !word.is_empty());
        Ok(Arguments::try_parse_from(line)?.stack.telemetry.options())
    }

    #[test]
    fn by_default_telemetry_uses_the_ports_of_the_protocols() {
        let options = options("local").unwrap().unwrap();
        let ports = (options.http_port, options.grpc_port);
        assert_eq!(ports, (Port::Preferably(4318), Port::Preferably(4317)));
        assert_eq!(options.forward, None);
    }

    #[test]
    fn no_telemetry_excludes_a_backend() {
        assert!(options("local --no-telemetry").unwrap().is_none());
        assert!(options("local --no-telemetry --otlp-forward http://localhost:4319").is_err());
    }

    #[test]
    fn a_backend_has_an_address_and_headers() {
        let line =
            "local --otlp-forward https://otlp.example/base --otlp-forward-headers x-key=a%20b,x-set=1";
        let backend = options(line).unwrap().unwrap().forward.unwrap();
        assert_eq!(backend.url.as_str(), "https://otlp.example/base");
        let headers: Vec<_> =
            backend.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, [("x-key", "a b"), ("x-set", "1")]);
        assert!(!format!("{backend:?}").contains("a b"));
    }

    #[test]
    fn an_invalid_header_is_refused_and_its_value_is_not_shown() {
        for headers in ["secret", "x key=secret", "x-key=secret%0A"] {
            let error = options(&format!("local --otlp-forward-headers {}", headers.replace(' ', "\u{a0}")));
            let error = error.unwrap_err().to_string();
            assert!(error.contains("--otlp-forward-headers"), "{error}");
        }
    }
}
