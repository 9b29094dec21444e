//! What is built for a deployment and what the template deploys: every function, and nothing else.

use std::collections::BTreeSet;

use crate::workspace::{folders, metadata, template};

#[test]
fn a_build_without_a_selection_is_that_of_all_functions() {
    let metadata = metadata();
    let built = metadata.workspace_default_packages().into_iter().map(|package| package.name.to_string());
    assert_eq!(built.collect::<BTreeSet<_>>(), folders("functions"));
}

#[test]
fn the_template_deploys_all_functions() {
    let deployed = template().functions.into_iter().map(|function| function.binary);
    assert_eq!(deployed.collect::<BTreeSet<_>>(), folders("functions"));
}
