//! Options of a stack.

use std::collections::BTreeMap;
use std::path::PathBuf;

use stack_base::chaos::ChaosSpec;
use stack_base::listen::Port;
use stack_telemetry::otlp::{Backend, TraceLimits};

use crate::binaries::Binaries;

/// Default number of shards per stream. On-demand streams of AWS start with the same number.
const SHARDS: u32 = 4;

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
    /// Folder with `template.yaml` and the cargo workspace: the nearest from the current folder upwards.
    pub project: PathBuf,
    /// Port of the HTTP API on loopback; 0 means any free port.
    pub port: u16,
    /// Template parameters that differ from their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Directory for all data; `None` keeps the data in memory.
    pub data: Option<PathBuf>,
    /// Initial number of shards per stream, at least 1. A stored stream keeps its shards.
    pub shards: u32,
    /// Source of the function binaries.
    pub functions: FunctionBinaries,
    /// The injected faults and their rates; none by default.
    pub chaos: ChaosSpec,
    /// Options for receiving the functions' spans; `None` disables the functions' telemetry.
    pub telemetry: Option<TelemetryOptions>,
    /// Base URL of a collector. If set, the functions send their spans there and not to this stack.
    pub collector: Option<String>,
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

/// The root of the project: the nearest folder with a `template.yaml`, from the current folder upwards. Without one it is
/// the current folder, and the first who reads the template says that it is missing there.
fn project() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let root = here.ancestors().find(|folder| folder.join("template.yaml").is_file());
    root.unwrap_or(&here).to_owned()
}

impl Default for StackOptions {
    fn default() -> Self {
        Self {
            project: project(),
            port: 0,
            parameters: BTreeMap::new(),
            data: None,
            shards: SHARDS,
            functions: FunctionBinaries::Build { release: false },
            chaos: ChaosSpec::default(),
            telemetry: Some(TelemetryOptions::default()),
            collector: None,
        }
    }
}

impl StackOptions {
    /// Path of the template file.
    #[must_use]
    pub fn template(&self) -> PathBuf {
        self.project.join("template.yaml")
    }
}

#[cfg(test)]
mod tests {
    use super::StackOptions;

    /// Tests run in their package's folder, which is below the project's root and has no template of its own.
    #[test]
    fn the_project_is_found_from_a_folder_in_it() {
        let here = std::env::current_dir().unwrap();
        assert!(!here.join("template.yaml").exists());
        assert_eq!(StackOptions::default().project, here.parent().unwrap());
    }
}
