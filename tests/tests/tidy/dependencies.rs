//! Checks the dependencies between crates: functions depend on the shop, the shop depends on the kit, and no crate
//! depends on a layer above it.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::DependencyKind;
use reactions::registry;
use stack_template::{EventReceiver, Function};

use crate::workspace::{metadata, root, template};

/// A workspace member: its folder and its dependencies.
struct Member {
    folder: String,
    dependencies: BTreeSet<String>,
}

type Members = BTreeMap<String, Member>;

/// All workspace members with their direct dependencies, without dev-dependencies.
fn members() -> Members {
    let member = |package: &cargo_metadata::Package| {
        let folder = package.manifest_path.parent().expect("a folder").as_std_path();
        let folder = folder.strip_prefix(root()).expect("a member").display().to_string();
        let normal =
            package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        let dependencies = normal.map(|dependency| dependency.name.clone()).collect();
        (package.name.to_string(), Member { folder, dependencies })
    };
    metadata().workspace_packages().into_iter().map(member).collect()
}

/// All workspace members on which `package` depends directly or indirectly.
fn reached(members: &Members, package: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![package.to_owned()];
    while let Some(next) = open.pop() {
        let known = members[&next].dependencies.iter().filter(|name| members.contains_key(*name));
        open.extend(known.filter(|name| found.insert((*name).clone())).cloned());
    }
    found
}

/// The side of each function by the name of its binary. A function's side follows from its events in the template. The
/// functions that follow the stream without being projections are in a list.
fn sides() -> BTreeMap<String, &'static str> {
    let template = template();
    let side = |function: &str| {
        let mut routes = template.routes.iter().filter(|route| route.function == function).peekable();
        if routes.peek().is_some() {
            return if routes.all(stack_template::HttpRoute::is_safe) { "queries" } else { "commands" };
        }
        let receiver = EventReceiver::Function(function.to_owned());
        let mut targets = template.event_rules.iter().flat_map(|rule| &rule.targets);
        if targets.any(|target| target.receiver == receiver) {
            return "reactions";
        }
        let follows = template.mappings.iter().any(|mapping| mapping.function == function);
        if follows { "projections" } else { "operators" }
    };
    let side = |function: &Function| {
        let reacts = registry::NAMES.contains(&function.binary.as_str());
        if reacts { "reactions" } else { side(&function.name) }
    };
    template.functions.iter().map(|function| (function.binary.clone(), side(function))).collect()
}

#[test]
fn every_function_is_in_the_package_of_its_side() {
    let metadata = metadata();
    let package_of = |binary: &str| {
        let packages = metadata.workspace_packages();
        let has = |package: &&&cargo_metadata::Package| {
            package.targets.iter().any(|target| target.is_bin() && target.name == binary)
        };
        packages.iter().find(has).map(|package| package.name.to_string())
    };
    for (binary, side) in sides() {
        let package = package_of(&binary);
        assert_eq!(
            package.as_deref(),
            Some(side),
            "by its events in template.yaml {binary} is one of functions/{side}: move its binary and its handler there"
        );
    }
}

#[test]
fn a_side_reaches_only_the_tables_it_may() {
    let members = members();
    let avoided: [(&str, &[&str]); 4] = [
        ("commands", &["views", "view-store", "event-stream", "projection", "projections", "queries"]),
        ("queries", &["event-store", "event-stream", "projection", "projections", "commands"]),
        ("projections", &["http-api", "commands", "queries"]),
        ("reactions", &["http-api", "views", "projections", "queries"]),
    ];
    for (side, forbidden) in avoided {
        let reached = reached(&members, side);
        for name in forbidden {
            assert!(!reached.contains(*name), "functions/{side} reaches {name}");
        }
    }
}

/// The folders with crates, from the lowest layer to the highest, and the folders on whose crates each may depend.
const LAYERS: [(&str, &[&str]); 5] = [
    ("shared/kit/", &["shared/kit/"]),
    ("shared/shop/", &["shared/kit/", "shared/shop/"]),
    ("functions/", &["shared/kit/", "shared/shop/", "functions/"]),
    ("localstack", &["localstack"]),
    ("tests", &["shared/kit/", "shared/shop/", "functions/", "localstack", "tests"]),
];

#[test]
fn crates_depend_on_lower_layers_only() {
    let members = members();
    for (name, member) in &members {
        let layer = LAYERS.iter().find(|(folder, _)| member.folder.starts_with(folder));
        let (_, allowed) = layer.unwrap_or_else(|| panic!("{} is in no layer", member.folder));
        for dependency in &member.dependencies {
            let Some(known) = members.get(dependency) else { continue };
            let is_allowed = allowed.iter().any(|folder| known.folder.starts_with(folder));
            assert!(is_allowed, "{name} depends on {dependency}, which is above it");
        }
    }
}

#[test]
fn the_core_and_the_domain_are_pure() {
    let members = members();
    let pure = ["serde", "serde_json", "sha2", "thiserror", "time", "uuid", "es-core"];
    // The core may use `tracing`, because `tracing` is a facade that does nothing by itself. The domain may not. The
    // core's derive macro runs in the compiler, and `base64` only converts bytes to text. `schemars` is optional, and no
    // function contains it.
    for (package, besides) in
        [("es-core", &["base64", "tracing", "kit-derive"][..]), ("domain", &["schemars"])]
    {
        for dependency in
            members[package].dependencies.iter().filter(|name| !besides.contains(&name.as_str()))
        {
            assert!(pure.contains(&dependency.as_str()), "{package} depends on {dependency}");
        }
    }
}

#[test]
fn deployed_code_does_not_depend_on_test_doubles() {
    let members = members();
    for (name, member) in members.iter().filter(|(_, member)| member.folder.starts_with("functions/")) {
        let reached = reached(&members, name);
        let is_double = |name: &&String| name.ends_with("testing") || *name == "event-contract";
        let doubles: Vec<_> = reached.iter().filter(is_double).collect();
        assert!(doubles.is_empty(), "{} reaches {doubles:?}", member.folder);
    }
}

/// `schemars` generates the published schemas. It comes with the feature `schema` of the domain. A deployment has the features
/// that the functions and the crates below them enable.
#[test]
fn no_function_contains_the_generator_of_schemas() {
    let (metadata, members) = (metadata(), members());
    let functions = members.iter().filter(|(_, member)| member.folder.starts_with("functions/"));
    let mut shipped = BTreeSet::new();
    for (name, _) in functions {
        shipped.extend(reached(&members, name));
        shipped.insert(name.clone());
    }
    assert!(shipped.contains("domain"), "{shipped:?}");
    let packages = metadata.workspace_packages();
    for package in packages.into_iter().filter(|package| shipped.contains(package.name.as_str())) {
        let normal =
            package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        for dependency in normal {
            let (name, from) = (&dependency.name, &package.name);
            assert!(name != "schemars" || dependency.optional, "{from} needs schemars");
            let enables = name == "domain" && dependency.features.iter().any(|feature| feature == "schema");
            assert!(!enables, "{from} enables the feature `schema` outside of its tests");
        }
        let default = package.features.get("default");
        let is_default = default.is_some_and(|features| features.iter().any(|feature| feature == "schema"));
        assert!(!is_default, "`schema` is a default feature of {}", package.name);
    }
}
