//! How what ships is built: a sum that overflows ends the request, and is never a wrong amount.

use std::fs;

use crate::workspace::root;

/// The lines of the section `name` of the workspace's manifest.
fn section(manifest: &str, name: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    lines.take_while(|line| !line.starts_with('[')).map(str::to_owned).collect()
}

#[test]
fn what_ships_checks_every_sum() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let release = section(&manifest, "profile.release");
    assert!(release.iter().any(|line| line == "overflow-checks = true"), "{release:?}");
    assert!(!manifest.contains("overflow-checks = false"), "a part of it does not");
}

#[test]
fn sums_of_money_are_checked_by_hand_as_well() {
    let domain = fs::read_to_string(root().join("shared/shop/domain/src/lib.rs")).expect("a source");
    assert!(domain.contains("#![deny(clippy::arithmetic_side_effects)]"), "the domain may overflow");
}
