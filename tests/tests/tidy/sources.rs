//! Checks the source files, and which of them may read the system clock.
//!
//! Handlers and projections take the time from an explicit source, because the simulation must be able to replace the
//! clock.

use std::fs;
use std::path::PathBuf;

use crate::workspace::{files, root};

/// A source file must have fewer lines.
const MAX_LINES: usize = 500;

/// The name and the text of every source file in the workspace.
fn sources() -> Vec<(String, String)> {
    let named = |path: &PathBuf| {
        let name = path.strip_prefix(root()).expect("inside").display().to_string();
        (name, fs::read_to_string(path).expect("text"))
    };
    let sources: Vec<_> = files(&root(), ".rs").iter().map(named).collect();
    assert!(sources.len() > 50, "only {} sources found", sources.len());
    sources
}

#[test]
fn every_file_begins_with_a_module_comment() {
    for (name, text) in sources() {
        assert!(text.starts_with("//! "), "{name} does not begin with a module comment (//!)");
    }
}

#[test]
fn files_stay_small() {
    for (name, text) in sources() {
        let lines = text.lines().count();
        assert!(lines < MAX_LINES, "{name} has {lines} lines");
    }
}

#[test]
fn file_names_are_specific() {
    for (name, _) in sources() {
        for vague in ["util", "helper", "manager", "misc", "common"] {
            assert!(!name.contains(vague), "{name} is called {vague}");
        }
    }
}

#[test]
fn no_source_has_leftover_marks() {
    let marks = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["#[al", "low("]].map(|parts| parts.concat());
    for (name, text) in sources() {
        for mark in &marks {
            assert!(!text.contains(mark), "{name} contains {mark}");
        }
    }
}

/// The only files that read the system clock: the clock of the deployed functions, and the time of their
/// telemetry.
const CLOCKS: [&str; 2] = ["shared/kit/lambda/src/clock.rs", "shared/kit/telemetry/src/clock.rs"];

#[test]
fn only_the_listed_files_read_the_system_clock() {
    for folder in ["shared", "functions"] {
        for file in files(&root().join(folder), ".rs") {
            let name = file.strip_prefix(root()).expect("inside").display().to_string();
            if !name.contains("/src/") || CLOCKS.contains(&name.as_str()) {
                continue;
            }
            let text = fs::read_to_string(&file).expect("text");
            for call in ["SystemTime::now", "Utc::now", "now_utc(", "now_v7("] {
                assert!(!text.contains(call), "{name} calls {call}: take the time from a Clock");
            }
        }
    }
}
