//! The binaries, built as they ship.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::{Message, MetadataCommand};

use crate::Error;
use crate::subject::SUBJECTS;

/// Every binary of the release profile.
#[derive(Debug)]
pub(crate) struct Binaries(BTreeMap<String, PathBuf>);

impl Binaries {
    /// Builds what is not up to date, in one go as a deployment does. Cargo tells on standard error how it goes.
    pub(crate) fn build() -> Result<Self, Error> {
        let functions: BTreeSet<_> = SUBJECTS.iter().map(|subject| subject.function).collect();
        let packages = packages(&functions)?;
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--release", "--message-format=json-render-diagnostics"]);
        cargo.args(packages.iter().flat_map(|package| ["--package", package]));
        cargo.args(functions.iter().flat_map(|function| ["--bin", *function]));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stdout(Stdio::piped());
        let mut build = cargo.spawn()?;
        let messages = build.stdout.take().ok_or("cargo has no standard output")?;
        let mut binaries = BTreeMap::new();
        for message in Message::parse_stream(BufReader::new(messages)) {
            if let Message::CompilerArtifact(artifact) = message?
                && let Some(executable) = artifact.executable
            {
                binaries.insert(artifact.target.name, executable.into_std_path_buf());
            }
        }
        if !build.wait()?.success() {
            return Err("the functions cannot be built".into());
        }
        Ok(Self(binaries))
    }

    /// Where the binary of `function` is.
    pub(crate) fn path(&self, function: &str) -> Result<&Path, Error> {
        Ok(self.0.get(function).ok_or_else(|| format!("{function} has no binary"))?)
    }

    /// How large it is.
    pub(crate) fn bytes(&self, function: &str) -> Result<u64, Error> {
        Ok(fs::metadata(self.path(function)?)?.len())
    }
}

/// The packages that the binaries of `functions` are in.
fn packages(functions: &BTreeSet<&str>) -> Result<BTreeSet<String>, Error> {
    let metadata = MetadataCommand::new().current_dir(env!("CARGO_MANIFEST_DIR")).no_deps().exec()?;
    let has_one = |package: &&cargo_metadata::Package| {
        package.targets.iter().any(|target| target.is_bin() && functions.contains(target.name.as_str()))
    };
    Ok(metadata.packages.iter().filter(has_one).map(|package| package.name.to_string()).collect())
}
