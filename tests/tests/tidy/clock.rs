//! Handlers and projections take the time from one explicit source, so that a simulation can give them its own.

use std::fs;

use crate::workspace::{files, root};

/// The only files that ask the machine: the source of what is deployed, and the time in log lines and metrics.
const CLOCKS: [&str; 2] = ["shared/kit/lambda/src/clock.rs", "shared/kit/telemetry/src/clock.rs"];

#[test]
fn nothing_else_asks_the_machine_for_the_time_of_day() {
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
