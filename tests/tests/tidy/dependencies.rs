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

/// The functions by the side they are on, told by their names.
fn functions(edges: &Edges, side: &str) -> Vec<String> {
    let commands =
        ["create-", "confirm-", "ship-", "deliver-", "cancel-", "submit-", "register-", "discontinue-"];
    let of_side = |name: &str| match side {
        "command" => commands.iter().any(|start| name.starts_with(start)),
        "projection" => name.ends_with("-projection"),
        _ => ["get-", "list-", "search-o"].iter().any(|start| name.starts_with(start)),
    };
    let found: Vec<_> = edges.keys().filter(|name| of_side(name)).cloned().collect();
    assert!(!found.is_empty(), "no {side} function");
    found
}

fn assert_avoids(side: &str, forbidden: &[&str]) {
    let edges = direct();
    for function in functions(&edges, side) {
        let reached = reached(&edges, &function);
        for name in forbidden {
            assert!(!reached.contains(*name), "{function} is on the {side} side and reaches {name}");
        }
    }
}

#[test]
fn a_command_never_reads_the_query_table() {
    assert_avoids("command", &["read-store", "event-stream"]);
}

#[test]
fn a_query_never_touches_the_event_table() {
    assert_avoids("query", &["event-store", "event-stream"]);
}

#[test]
fn a_projection_answers_no_http() {
    assert_avoids("projection", &["http-api"]);
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
    let local = ["localstack", "e2e", "testing", "simulation", "fuzz"];
    for package in edges.keys().filter(|name| !local.contains(&name.as_str())) {
        let reached = reached(&edges, package);
        assert!(local.iter().all(|name| !reached.contains(*name)), "{package} reaches {reached:?}");
    }
}

#[test]
fn the_embedded_stack_and_the_project_do_not_know_each_other() {
    let edges = direct();
    let is_stack = |name: &str| name == "localstack" || name.starts_with("stack-");
    for (package, dependencies) in edges.iter().filter(|(package, _)| *package != "e2e") {
        for dependency in dependencies.iter().filter(|name| edges.contains_key(*name)) {
            assert_eq!(is_stack(package), is_stack(dependency), "{package} depends on {dependency}");
        }
    }
}
