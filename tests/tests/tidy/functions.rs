//! The functions: what is built is what the template deploys, each function has samples, and simulation and fuzzing can
//! call every function behind the HTTP API.

use std::collections::BTreeSet;
use std::fs;

use testing::InMemoryEventStore;

use crate::workspace::{folders, metadata, root, template};

/// The names of the functions that have a route of which `is_its` is true.
fn with_route(is_its: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let template = template();
    let routes = template.routes.iter().filter(|route| is_its(&route.method));
    let functions: BTreeSet<_> = routes.map(|route| route.function.clone()).collect();
    let its = template.functions.into_iter().filter(|function| functions.contains(&function.name));
    its.map(|function| function.binary).collect()
}

#[test]
fn every_function_that_changes_something_is_in_the_table_of_commands() {
    let table = commands::table::<InMemoryEventStore>().map(|(name, _)| name.to_owned());
    assert_eq!(BTreeSet::from(table), with_route(|method| method != "GET"));
}

#[test]
fn every_function_that_reads_is_in_the_table_of_queries() {
    let table = queries::table().map(|(name, _)| name.to_owned());
    assert_eq!(BTreeSet::from(table), with_route(|method| method == "GET"));
}

#[test]
fn a_build_without_a_selection_is_that_of_all_functions_of_the_template() {
    let metadata = metadata();
    let packages = metadata.workspace_default_packages();
    let targets = packages.iter().flat_map(|package| &package.targets);
    let built = targets.filter(|target| target.is_bin()).map(|target| target.name.clone());
    let deployed = template().functions.into_iter().map(|function| function.binary);
    assert_eq!(built.collect::<BTreeSet<_>>(), deployed.collect::<BTreeSet<_>>());
}

#[test]
fn functions_and_samples_go_together() {
    let deployed = template().functions.into_iter().map(|function| function.binary);
    assert_eq!(deployed.collect::<BTreeSet<_>>(), folders("events"));
    for function in folders("events") {
        let samples = fs::read_dir(root().join("events").join(&function)).expect("a folder").count();
        assert!(samples > 0, "{function} has no sample");
    }
}
