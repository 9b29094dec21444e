//! Builds the function binaries with cargo, and locates them from cargo's output.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cargo_metadata::{Message, MetadataCommand, Package};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

/// Paths of executables, by name of the binary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Binaries(BTreeMap<String, PathBuf>);

/// What a build makes: the project, the names of the binaries, and whether they are optimized.
type BuildKey = (PathBuf, BTreeSet<String>, bool);

/// Why a binary cannot be built or found.
#[derive(Debug, thiserror::Error)]
pub enum BinariesError {
    /// No package of the workspace has the binary that the template names.
    #[error("no package of {project} has a binary named {binary}, which the template names")]
    Missing {
        /// Path of the project.
        project: PathBuf,
        /// Name of the binary.
        binary: String,
    },
    /// The workspace's metadata cannot be read.
    #[error("cannot read the cargo workspace: {0}")]
    Metadata(#[from] cargo_metadata::Error),
    /// Cargo cannot be started.
    #[error("cannot run cargo: {0}")]
    Cargo(#[from] std::io::Error),
    /// The build failed. Cargo has printed the reason to standard error.
    #[error("the functions do not build; cargo's messages are above")]
    Build,
}

impl Binaries {
    /// Builds the named binaries in one cargo run. Their packages are in the workspace that cargo finds from the folder
    /// `project`. Logs a line with the target `build` first; cargo's progress goes to standard error. Dropping the future
    /// ends cargo and its compilers.
    ///
    /// A process builds the same binaries once, because the stacks of many tests need them. A later call does not notice a
    /// change of the sources.
    ///
    /// A release build has the features of a deployment: cargo resolves the features of the packages that have the
    /// binaries. Any other build has the features of the whole workspace, so it shares its dependencies with
    /// `cargo test --workspace`.
    ///
    /// # Errors
    /// [`BinariesError`] when a binary is missing or does not build.
    pub async fn build(
        project: &Path,
        names: &BTreeSet<String>,
        release: bool,
    ) -> Result<Self, BinariesError> {
        static BUILT: Mutex<BTreeMap<BuildKey, Binaries>> = Mutex::const_new(BTreeMap::new());
        if names.is_empty() {
            return Ok(Self::default());
        }
        // A second caller waits for the build of the first one.
        let mut built = BUILT.lock().await;
        let key = (project.to_owned(), names.clone(), release);
        if let Some(binaries) = built.get(&key) {
            return Ok(binaries.clone());
        }
        let binaries = Self::run_cargo(project, names, release).await?;
        built.insert(key, binaries.clone());
        Ok(binaries)
    }

    async fn run_cargo(
        project: &Path,
        names: &BTreeSet<String>,
        release: bool,
    ) -> Result<Self, BinariesError> {
        let mut command = cargo(project);
        command.args(["build", "--message-format=json-render-diagnostics"]);
        if !release {
            command.arg("--workspace");
        }
        for (package, binary) in packages(project, names)? {
            if release {
                command.args(["--release", "--package", &package]);
            }
            command.args(["--bin", &binary]);
        }
        tracing::info!(target: "build", "Building the {} functions; the first build takes minutes", names.len());
        Self(CargoBuild::start(command)?.finish().await?).complete(names, project)
    }

    /// Path of a binary's executable.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.0.get(name).map(PathBuf::as_path)
    }

    fn complete(self, names: &BTreeSet<String>, project: &Path) -> Result<Self, BinariesError> {
        match names.iter().find(|name| !self.0.contains_key(*name)) {
            Some(missing) => Err(absent(missing, project)),
            None => Ok(self),
        }
    }
}

fn absent(binary: &str, project: &Path) -> BinariesError {
    BinariesError::Missing { project: project.to_owned(), binary: binary.to_owned() }
}

/// Finds the package of each binary.
fn packages(project: &Path, names: &BTreeSet<String>) -> Result<Vec<(String, String)>, BinariesError> {
    let metadata = MetadataCommand::new().current_dir(project).no_deps().exec()?;
    let has = |package: &&Package, name: &String| {
        package.targets.iter().any(|target| target.is_bin() && target.name == *name)
    };
    let package_of = |name: &String| {
        let package = metadata.packages.iter().find(|package| has(package, name));
        let package = package.ok_or_else(|| absent(name, project))?;
        Ok((package.name.to_string(), name.clone()))
    };
    names.iter().map(package_of).collect()
}

/// A cargo command in the folder `project`, whose configuration it reads, without the variables that an outer cargo sets
/// for this process. With them, build scripts would see another environment than in a shell, and cargo would rebuild
/// everything after them each time.
fn cargo(project: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(project);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let set_by_cargo = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if set_by_cargo.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    for name in ["CARGO_PRIMARY_PACKAGE", "CARGO_TARGET_TMPDIR", "OUT_DIR"] {
        command.env_remove(name);
    }
    command
}

/// A running cargo. Dropping it ends cargo and its compilers.
struct CargoBuild {
    cargo: Child,
    group: Option<Pid>,
}

impl CargoBuild {
    fn start(mut command: Command) -> Result<Self, BinariesError> {
        let cargo = command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0).spawn()?;
        let group = cargo.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok(Self { cargo, group })
    }

    async fn finish(mut self) -> Result<BTreeMap<String, PathBuf>, BinariesError> {
        let mut executables = BTreeMap::new();
        if let Some(stdout) = self.cargo.stdout.take() {
            let mut lines = BufReader::new(stdout).lines();
            while let Some(line) = lines.next_line().await? {
                // Lines that are not messages are output of a build script or a linker.
                if let Ok(Message::CompilerArtifact(artifact)) = serde_json::from_str(&line)
                    && let Some(executable) = artifact.executable
                {
                    executables.insert(artifact.target.name.clone(), executable.into_std_path_buf());
                }
            }
        }
        let status = self.cargo.wait().await?;
        // The system may now reuse the process group's number.
        self.group = None;
        if status.success() { Ok(executables) } else { Err(BinariesError::Build) }
    }
}

impl Drop for CargoBuild {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // The group may have ended just now.
            let _: nix::Result<()> = killpg(group, Signal::SIGTERM);
        }
    }
}
