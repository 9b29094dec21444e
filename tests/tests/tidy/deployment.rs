//! What is built for a deployment and what the template deploys: every function, and nothing else.

use std::collections::BTreeSet;

use crate::workspace::{metadata, template};

#[test]
fn a_build_without_a_selection_is_that_of_all_functions_of_the_template() {
    let metadata = metadata();
    let packages = metadata.workspace_default_packages();
    let targets = packages.iter().flat_map(|package| &package.targets);
    let built = targets.filter(|target| target.is_bin()).map(|target| target.name.clone());
    let deployed = template().functions.into_iter().map(|function| function.binary);
    assert_eq!(built.collect::<BTreeSet<_>>(), deployed.collect::<BTreeSet<_>>());
}
