//! Checks that the working tree has no uncommitted changes. A developer can then review and revert the generated code
//! alone.

use std::path::Path;
use std::process::Command;

use crate::GeneratorError;

/// The most changed files that the error message names.
const NAMED: usize = 3;

/// Refuses a working tree with uncommitted changes.
pub(crate) fn is_clean(root: &Path) -> Result<(), GeneratorError> {
    let failed = |problem: String| GeneratorError::Program { program: "git status", problem };
    let output = Command::new("git").args(["status", "--porcelain"]).current_dir(root).output();
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.lines().next().unwrap_or_default().to_owned()));
    }
    let changed = String::from_utf8_lossy(&output.stdout);
    let all: Vec<_> = changed.lines().filter_map(|line| line.get(3..)).collect();
    if all.is_empty() {
        return Ok(());
    }
    let more = if all.len() > NAMED { ", …" } else { "" };
    Err(GeneratorError::Dirty {
        changed: all.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ") + more,
    })
}
