//! Runs every check on every seed and on the samples in `events/`.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fuzz::{CHECKS, Check};

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

fn names(folder: &str, kind: impl Fn(&Path) -> bool) -> BTreeSet<String> {
    let entries = fs::read_dir(package().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| kind(path))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn assert_holds(check: Check, path: &Path) {
    let bytes = fs::read(path).unwrap();
    let held = std::panic::catch_unwind(|| check(&bytes));
    assert!(held.is_ok(), "a property is violated by {}", path.display());
}

#[test]
fn every_check_has_a_target_and_seeds() {
    let checks: BTreeSet<String> = CHECKS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("targets", Path::is_file), checks);
    assert_eq!(names("seeds", Path::is_dir), checks);
    assert_eq!(TESTED.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), checks);
    for name in checks {
        assert!(!files(&package().join("seeds").join(&name)).is_empty(), "{name} has no seed");
    }
}

/// Names the folder of the inputs that `.ci/fuzz` keeps. It has a folder for each check that was fuzzed.
const KEPT: &str = "FUZZ_CORPUS";

/// Runs the check `name` on its seeds, and on the kept inputs if the environment names their folder.
fn assert_seeds_hold(name: &str) {
    let (_, check) = CHECKS.into_iter().find(|(known, _)| *known == name).unwrap();
    let kept = std::env::var_os(KEPT).map(|folder| PathBuf::from(folder).join(name));
    let folders = [package().join("seeds").join(name)].into_iter().chain(kept.filter(|kept| kept.is_dir()));
    for input in folders.flat_map(|folder| files(&folder)) {
        assert_holds(check, &input);
    }
}

/// A test for each check, because `.ci/fuzz --coverage` measures each of them alone.
macro_rules! seeds_pass {
    ($($name:ident)*) => {
        const TESTED: &[&str] = &[$(stringify!($name)),*];

        mod seeds {
            $(#[test]
            fn $name() {
                super::assert_seeds_hold(stringify!($name));
            })*
        }
    };
}

seeds_pass! { event request cursor reaction record stored upcast trace }

#[test]
fn every_sample_passes_the_checks() {
    let entries = fs::read_dir(package().join("../../events")).unwrap().map(|entry| entry.unwrap().path());
    for sample in entries.filter(|path| path.is_dir()).flat_map(|function| files(&function)) {
        for (_, check) in CHECKS {
            assert_holds(check, &sample);
        }
    }
}
