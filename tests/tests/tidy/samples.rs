//! Every function has sample payloads, and every folder of samples has a function.

use std::collections::BTreeSet;
use std::fs;

use crate::workspace::{folders, root, template};

#[test]
fn functions_and_samples_go_together() {
    let deployed = template().functions.into_iter().map(|function| function.binary);
    assert_eq!(deployed.collect::<BTreeSet<_>>(), folders("events"));
    for function in folders("events") {
        let samples = fs::read_dir(root().join("events").join(&function)).expect("a folder").count();
        assert!(samples > 0, "{function} has no sample");
    }
}
