//! Checks that the documentation lists every metric that the functions record. The test `monitoring` checks the metrics of
//! the alarms and of the dashboard.

use std::collections::BTreeSet;
use std::fs;

use crate::workspace::{files, root};

/// The names of the metrics that the functions record.
fn recorded() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["functions", "shared"] {
        for path in files(&root().join(folder), ".rs") {
            if path.components().any(|part| part.as_os_str() == "src") {
                let source = fs::read_to_string(&path).expect("text");
                for constructor in ["Metric::count(\"", "Metric::milliseconds(\""] {
                    let names_in_source = source.split(constructor).skip(1);
                    names.extend(names_in_source.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
                }
            }
        }
    }
    names
}

#[test]
fn the_documentation_lists_every_metric() {
    let (page, recorded) = (fs::read_to_string(root().join("docs/operate.md")).expect("a page"), recorded());
    assert!(recorded.len() >= 15, "{recorded:?}");
    for name in recorded {
        assert!(page.contains(&format!("`{name}`")), "docs/operate.md does not explain the metric {name}");
    }
}
