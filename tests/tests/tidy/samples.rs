//! Every function has sample payloads, and every folder of samples has a function.

use std::collections::BTreeSet;
use std::fs;

use crate::workspace::root;

fn folders(name: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(name)).expect("a folder");
    let folders = entries.map(|entry| entry.expect("an entry")).filter(|entry| entry.path().is_dir());
    folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn functions_and_samples_go_together() {
    assert_eq!(folders("functions"), folders("events"));
    for function in folders("events") {
        let samples = fs::read_dir(root().join("events").join(&function)).expect("a folder").count();
        assert!(samples > 0, "{function} has no sample");
    }
}
