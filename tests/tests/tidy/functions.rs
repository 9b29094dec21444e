//! Checks the functions: the build produces exactly the functions of the template, each function has samples, the
//! simulation and the fuzz targets can call every function behind the HTTP API, and the simulation runs all functions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use projection::ProjectionFacts;
use projections::registry;
use stack_template::HttpRoute;
use testing::InMemoryEventStore;

use crate::workspace::{files, folders, metadata, root, template};

/// The names of the functions with a route for which `is_its` is true.
fn with_route(is_its: impl Fn(&HttpRoute) -> bool) -> BTreeSet<String> {
    let template = template();
    let routes = template.routes.iter().filter(|route| is_its(route));
    let functions: BTreeSet<_> = routes.map(|route| route.function.clone()).collect();
    let its = template.functions.into_iter().filter(|function| functions.contains(&function.name));
    its.map(|function| function.binary).collect()
}

#[test]
fn every_command_function_is_in_the_command_table() {
    let table = commands::table::<InMemoryEventStore>().map(|(name, _)| name.to_owned());
    assert_eq!(BTreeSet::from(table), with_route(|route| !route.is_safe()));
}

#[test]
fn every_query_function_is_in_the_query_table() {
    let table = queries::table().map(|(name, _)| name.to_owned());
    assert_eq!(BTreeSet::from(table), with_route(HttpRoute::is_safe));
}

#[test]
fn a_default_build_builds_all_functions_of_the_template() {
    let metadata = metadata();
    let packages = metadata.workspace_default_packages();
    let targets = packages.iter().flat_map(|package| &package.targets);
    let built = targets.filter(|target| target.is_bin()).map(|target| target.name.clone());
    let deployed = template().functions.into_iter().map(|function| function.binary);
    assert_eq!(built.collect::<BTreeSet<_>>(), deployed.collect::<BTreeSet<_>>());
}

#[test]
fn every_function_has_samples_and_every_sample_a_function() {
    let deployed = template().functions.into_iter().map(|function| function.binary);
    assert_eq!(deployed.collect::<BTreeSet<_>>(), folders("events"));
    for function in folders("events") {
        let samples = fs::read_dir(root().join("events").join(&function)).expect("a folder").count();
        assert!(samples > 0, "{function} has no sample");
    }
}

/// The functions that `reasons` excludes from the simulation. Each line has a function, a colon and the reason.
fn left_out(reasons: &str) -> BTreeMap<&str, &str> {
    reasons.lines().filter_map(|line| line.split_once(": ")).collect()
}

/// The errors in the list of simulated functions, each with its cure. `sources` are the sources of the simulation.
fn not_simulated(deployed: &BTreeSet<String>, sources: &str, reasons: &str) -> Vec<String> {
    let file = "tests/simulation/left-out.txt";
    let projections = registry::all::<ProjectionFacts>();
    // A request in the simulation names its function and, after a slash, one of its routes. Projections come from the
    // registry.
    let runs = |name: &str| {
        let named = [format!("\"{name}\""), format!("\"{name}/")];
        projections.iter().any(|facts| facts.name == name) || named.iter().any(|name| sources.contains(name))
    };
    let left_out = left_out(reasons);
    let missing = deployed.iter().filter(|name| !runs(name) && !left_out.contains_key(name.as_str()));
    let missing = missing.map(|name| {
        format!(
            "{name}: add an intent to tests/simulation/src/clients/intent.rs, or the reason why not to {file}"
        )
    });
    let gone = left_out.keys().filter(|name| !deployed.contains(**name) || runs(name));
    let gone = gone.map(|name| {
        format!("{name}: remove it from {file}: the simulation runs it, or there is no such function")
    });
    let unexplained = left_out.iter().filter(|(_, reason)| reason.trim().is_empty());
    let unexplained = unexplained.map(|(name, _)| format!("{name}: give the reason in {file}"));
    missing.chain(gone).chain(unexplained).collect()
}

fn simulation() -> (BTreeSet<String>, String, String) {
    let folder = root().join("tests/simulation");
    let sources =
        files(&folder.join("src"), ".rs").into_iter().map(|file| fs::read_to_string(file).expect("a file"));
    let reasons = fs::read_to_string(folder.join("left-out.txt")).expect("a file");
    let deployed = template().functions.into_iter().map(|function| function.binary);
    (deployed.collect(), sources.collect(), reasons)
}

#[test]
fn the_simulation_runs_every_function_or_states_the_reason() {
    let (deployed, sources, reasons) = simulation();
    assert_eq!(not_simulated(&deployed, &sources, &reasons), [] as [String; 0]);
}

/// Tests the check with missing, unnecessary and unexplained reasons, and with a new function.
#[test]
fn a_function_missing_from_the_simulation_is_reported() {
    let (mut deployed, sources, reasons) = simulation();
    let found = |deployed: &_, reasons: &str| not_simulated(deployed, &sources, reasons).join("; ");
    assert!(found(&deployed, "").contains("health: add an intent"));
    assert!(found(&deployed, &format!("{reasons}get-order: no reason\n")).contains("get-order: remove it"));
    assert!(
        found(&deployed, &reasons.replace("health: ", "health:  \nx")).contains("health: give the reason")
    );
    deployed.insert("forget-me".to_owned());
    assert!(found(&deployed, &reasons).contains("forget-me: add an intent"));
}
