//! Who may know whom.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::DependencyKind;

use crate::workspace::metadata;

type Edges = BTreeMap<String, BTreeSet<String>>;

/// The direct dependencies of every workspace member that end up in what it ships.
fn direct() -> Edges {
    let metadata = metadata();
    let shipped = |package: &cargo_metadata::Package| {
        let normal =
            package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        normal.map(|dependency| dependency.name.clone()).collect()
    };
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| (package.name.to_string(), shipped(package)))
        .collect()
}

/// Every workspace member that `package` reaches.
fn reached(edges: &Edges, package: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![package.to_owned()];
    while let Some(next) = open.pop() {
        for dependency in edges.get(&next).into_iter().flatten().filter(|name| edges.contains_key(*name)) {
            if found.insert(dependency.clone()) {
                open.push(dependency.clone());
            }
        }
    }
    found
}

fn assert_avoids(package: &str, forbidden: &[&str]) {
    let reached = reached(&direct(), package);
    for name in forbidden {
        assert!(!reached.contains(*name), "{package} reaches {name}");
    }
}

#[test]
fn a_command_never_reads_the_query_table() {
    assert_avoids("commands", &["read-store", "event-stream"]);
}

#[test]
fn a_query_never_touches_the_event_table() {
    assert_avoids("queries", &["event-store", "event-stream"]);
}

#[test]
fn a_projection_answers_no_http() {
    assert_avoids("projections", &["http-api"]);
}

#[test]
fn the_core_and_the_domain_are_pure() {
    let edges = direct();
    let pure = ["serde", "serde_json", "sha2", "thiserror", "time", "uuid", "es-core"];
    // The core lets its execution be traced: `tracing` is a facade, which does nothing by itself. The domain is not.
    for (package, besides) in [("es-core", "tracing"), ("domain", "")] {
        for dependency in edges[package].iter().filter(|dependency| *dependency != besides) {
            assert!(pure.contains(&dependency.as_str()), "{package} depends on {dependency}");
        }
    }
}

#[test]
fn the_domain_and_the_stores_do_not_know_each_other() {
    let edges = direct();
    let shared = [
        "event-store",
        "event-stream",
        "projection",
        "read-store",
        "http-api",
        "telemetry",
        "aws-client",
        "es-core",
    ];
    for package in shared {
        assert!(!reached(&edges, package).contains("domain"), "{package} reaches the domain");
    }
    assert_eq!(reached(&edges, "domain"), BTreeSet::from(["es-core".to_owned()]));
}

#[test]
fn nothing_that_ships_knows_the_tests_or_the_local_stacks() {
    let edges = direct();
    let local = ["localstack", "e2e", "testing", "shop-testing", "simulation", "fuzz"];
    for package in edges.keys().filter(|name| !local.contains(&name.as_str())) {
        let reached = reached(&edges, package);
        assert!(local.iter().all(|name| !reached.contains(*name)), "{package} reaches {reached:?}");
    }
}
