//! What a stack is started with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use stack_base::chaos::ChaosSpec;
use stack_base::listen::Port;
use stack_telemetry::otlp::{Backend, TraceLimits};

use crate::binaries::Binaries;

/// Shards of each stream by default; an on-demand stream of AWS starts with as many.
const SHARDS: u32 = 4;

/// Where the function binaries come from.
#[derive(Debug, Clone)]
pub enum FunctionBinaries {
    /// Cargo builds them.
    Build {
        /// In the release profile.
        release: bool,
    },
    /// They are built already.
    Built(Binaries),
}

/// Options of a stack; the default is this project in memory on free ports.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Folder with `template.yaml` and the cargo workspace: the nearest from the current folder upwards.
    pub project: PathBuf,
    /// Port of the HTTP API on loopback; 0 for a free one.
    pub port: u16,
    /// Template parameters that differ from their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Directory that keeps everything; in memory without one.
    pub data: Option<PathBuf>,
    /// Shards that each stream starts with, 1 or more; a stored stream keeps its own.
    pub shards: u32,
    /// Where the function binaries come from.
    pub functions: FunctionBinaries,
    /// The faults that are injected, with their rates; none by default.
    pub chaos: ChaosSpec,
    /// How the functions' spans are received; without, the functions make none.
    pub telemetry: Option<TelemetryOptions>,
    /// Base URL of a collector that the functions send their spans to instead of to this stack.
    pub collector: Option<String>,
}

/// How spans are received.
#[derive(Debug, Clone, Default)]
pub struct TelemetryOptions {
    /// Where OTLP over HTTP is taken.
    pub http_port: Port,
    /// Where OTLP over gRPC is taken.
    pub grpc_port: Port,
    /// How much is kept.
    pub limits: TraceLimits,
    /// Who gets everything as well.
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
    /// The template file.
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
