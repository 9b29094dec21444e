//! Checks the manifests of all packages and the build profile of the functions.

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::Target;

use crate::workspace::{files, metadata, root};

#[test]
fn packages_inherit_lints_versions_and_licence() {
    for package in metadata().workspace_packages() {
        let manifest = fs::read_to_string(Path::new(package.manifest_path.as_str())).expect("a manifest");
        for line in ["[lints]\nworkspace = true", "license.workspace = true", "edition.workspace = true"] {
            assert!(manifest.contains(line), "{} lacks {line:?}", package.name);
        }
        let dependencies = manifest.split("dependencies]").skip(1);
        for line in dependencies.filter_map(|part| part.split("\n[").next()).flat_map(str::lines) {
            let inherits = line.is_empty() || line.starts_with('#') || line.contains("workspace = true");
            assert!(inherits, "{}: {line:?} does not take its version from the workspace", package.name);
        }
        assert!(package.description.is_some(), "{} has no description", package.name);
    }
}

/// Whether a source has an example that rustdoc runs.
fn has_example(source: &str) -> bool {
    let comments =
        source.lines().map(str::trim).filter(|line| line.starts_with("///") || line.starts_with("//!"));
    let fences = comments.map(|line| line[3..].trim()).filter(|line| line.starts_with("```"));
    // Every second fence ends a block.
    fences.step_by(2).any(|fence| fence != "```text")
}

/// Whether one of the sources has a test.
fn has_test(sources: &[String]) -> bool {
    let marks = ["#[test]", "#[tokio::test"];
    sources.iter().any(|source| marks.iter().any(|mark| source.contains(mark)))
}

/// Each test program and each run of rustdoc costs seconds in a clean checkout, also without a test. A test program of a
/// function takes as much disk space as the function.
#[test]
fn exactly_the_targets_with_tests_and_examples_are_tested() {
    let read = |file: &PathBuf| fs::read_to_string(file).expect("a source");
    for package in metadata().workspace_packages() {
        let folder = package.manifest_path.parent().expect("a folder").as_std_path().join("src");
        let sources: Vec<_> = files(&folder, ".rs").iter().map(read).collect();
        let is_library = |target: &Target| target.is_lib() || target.is_proc_macro();
        let has_library = package.targets.iter().any(is_library);
        let name = &package.name;
        for target in &package.targets {
            if is_library(target) {
                assert_eq!(
                    target.test,
                    has_test(&sources),
                    "{name}: set `test = false` in [lib] exactly if src has no test"
                );
                assert_eq!(
                    target.doctest,
                    sources.iter().any(|source| has_example(source)),
                    "{name}: set `doctest = false` in [lib] exactly if src has no example"
                );
            } else if target.is_bin() {
                // Without a library, the modules of src are those of the binary.
                let own = [fs::read_to_string(target.src_path.as_std_path()).expect("a source")];
                assert_eq!(
                    target.test,
                    has_test(if has_library { &own } else { &sources }),
                    "{name}: set `test = false` in [[bin]] of {} exactly if it has no test",
                    target.name
                );
            }
        }
    }
}

/// The most lines in the source of a binary.
const MAX_LINES: usize = 10;

/// A binary only wires a handler. The logic must be in the library, because tests cannot reach a binary.
#[test]
fn a_function_is_a_short_binary() {
    let metadata = metadata();
    let packages = metadata.workspace_default_packages();
    let targets = packages.iter().flat_map(|package| &package.targets);
    let binaries: Vec<_> = targets.filter(|target| target.is_bin()).collect();
    assert!(binaries.len() >= 7, "only {} functions found", binaries.len());
    for binary in binaries {
        let main = fs::read_to_string(binary.src_path.as_std_path()).expect("a source");
        assert!(
            main.lines().count() <= MAX_LINES,
            "{}'s source has {} lines",
            binary.name,
            main.lines().count()
        );
    }
}

/// `cargo lambda build --release` has other defaults than cargo for settings that the profile leaves out. For example,
/// its binaries abort on a panic.
#[test]
fn the_release_profile_is_the_same_for_cargo_lambda() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let profile = section(&manifest, "profile.release");
    for setting in ["codegen-units", "lto", "panic", "strip"] {
        let is_set = profile.iter().any(|line| line.starts_with(&format!("{setting} = ")));
        assert!(is_set, "[profile.release] leaves {setting} to cargo-lambda");
    }
}

/// The lines of the section `name` in the workspace's manifest.
fn section(manifest: &str, name: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    lines.take_while(|line| !line.starts_with('[')).map(str::to_owned).collect()
}

/// An overflow must end the request instead of giving a wrong amount.
#[test]
fn the_release_profile_checks_overflow() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let release = section(&manifest, "profile.release");
    assert!(release.iter().any(|line| line == "overflow-checks = true"), "{release:?}");
    assert!(
        !manifest.contains("overflow-checks = false"),
        "a profile in the workspace's manifest turns overflow checks off"
    );
}

#[test]
fn the_domain_denies_unchecked_arithmetic() {
    let domain = fs::read_to_string(root().join("shared/shop/domain/src/lib.rs")).expect("a source");
    assert!(
        domain.contains("#![deny(clippy::arithmetic_side_effects)]"),
        "an amount in the domain may overflow without an error"
    );
}
