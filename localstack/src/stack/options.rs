//! Options of a stack.

use std::collections::BTreeMap;
use std::path::PathBuf;

use stack_base::chaos::ChaosSpec;
use stack_base::listen::Port;
use stack_lambda::LogLimits;
use stack_telemetry::otlp::{Backend, TraceLimits};
use stack_template::template_of;

use crate::binaries::Binaries;

/// Source of the function binaries.
#[derive(Debug, Clone)]
pub enum FunctionBinaries {
    /// Cargo builds the binaries.
    Build {
        /// True for the release profile.
        release: bool,
    },
    /// The binaries have been built already.
    Built(Binaries),
}

/// Options of a stack. The default runs this project in memory on free ports.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Folder of the cargo workspace or package with the functions, and usually of the template: the nearest folder with
    /// a `template.yaml` and a `Cargo.toml`, from the current folder upwards.
    pub project: PathBuf,
    /// The template; `None` means `template.yaml` of the project.
    pub template: Option<PathBuf>,
    /// Port of the HTTP API on loopback; 0 means any free port.
    pub port: u16,
    /// Template parameters that differ from their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Directory for all data; `None` keeps the data in memory.
    pub data: Option<PathBuf>,
    /// Initial number of shards of each stream, at least 1; `None` means the template's number. A stored stream keeps its
    /// shards.
    pub shards: Option<u32>,
    /// Source of the function binaries.
    pub functions: FunctionBinaries,
    /// The injected faults and their rates; none by default.
    pub chaos: ChaosSpec,
    /// Options for receiving the functions' spans; `None` disables the functions' telemetry.
    pub telemetry: Option<TelemetryOptions>,
    /// Base URL of a collector. If set, the functions send their spans there and not to this stack.
    pub collector: Option<String>,
    /// Limits of each function's log.
    pub logs: LogLimits,
}

/// Options for receiving spans.
#[derive(Debug, Clone, Default)]
pub struct TelemetryOptions {
    /// Port for OTLP over HTTP.
    pub http_port: Port,
    /// Port for OTLP over gRPC.
    pub grpc_port: Port,
    /// Limits of the stored traces.
    pub limits: TraceLimits,
    /// A backend that also receives all spans.
    pub forward: Option<Backend>,
}

impl Default for StackOptions {
    fn default() -> Self {
        Self {
            project: stack_template::project(),
            template: None,
            port: 0,
            parameters: BTreeMap::new(),
            data: None,
            shards: None,
            functions: FunctionBinaries::Build { release: false },
            chaos: ChaosSpec::default(),
            telemetry: Some(TelemetryOptions::default()),
            collector: None,
            logs: LogLimits::default(),
        }
    }
}

impl StackOptions {
    /// Path of the template file.
    #[must_use]
    pub fn template(&self) -> PathBuf {
        self.template.clone().unwrap_or_else(|| template_of(&self.project))
    }
}
