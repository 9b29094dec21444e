//! Checks that every projection of the registry is in all places that a projection needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use projection::ProjectionFacts;
use projections::registry;
use reactions::registry as followers;
use serde_json::{Value, json};
use stack_template::Template;

use crate::workspace::{folders, metadata, parameters, root, template};

fn names() -> BTreeSet<String> {
    registry::all::<ProjectionFacts>().into_iter().map(|facts| facts.name.to_owned()).collect()
}

/// The template as text, because the embedded stack does not read the parts that are checked here.
pub(crate) fn text() -> String {
    fs::read_to_string(root().join("template.yaml")).expect("a template")
}

/// The text of each resource of `template` with its logical id.
pub(crate) fn resources(template: &str) -> BTreeMap<String, String> {
    let (_, section) = template.split_once("\nResources:\n").expect("resources");
    let section = section.split("\nOutputs:\n").next().expect("a section");
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut id = String::new();
    for line in section.lines() {
        if line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':') {
            line.trim().trim_end_matches(':').clone_into(&mut id);
        }
        let resource = found.entry(id.clone()).or_default();
        resource.push_str(line);
        resource.push('\n');
    }
    found
}

/// The logical id of each projection's function.
fn functions() -> BTreeMap<String, String> {
    let functions = template().functions.into_iter().map(|function| (function.binary, function.logical_id));
    functions.filter(|(binary, _)| names().contains(binary)).collect()
}

/// The suffix that SAM gives to the logical id of a function's alias `live`. A command is deployed after the load of every
/// projection has moved to its new code.
const ALIAS: &str = "Aliaslive";

/// The beginning of the line with which the function of a command is deployed after every projection.
const AFTER_PROJECTIONS: &str = "    DependsOn: [";

/// The logical id of each command's function.
fn commands() -> BTreeSet<String> {
    let template = template();
    let changes = |function: &str| {
        let mut routes = template.routes.iter().filter(|route| route.function == function);
        routes.any(|route| !route.is_safe())
    };
    let functions = template.functions.iter().filter(|function| changes(&function.name));
    functions.map(|function| function.logical_id.clone()).collect()
}

/// The places in `template` where a projection is missing, each with its cure.
fn forgotten(template: &str, functions: &BTreeMap<String, String>) -> Vec<String> {
    let resources = resources(template);
    let (rebuild, redrive) = (&resources["RebuildFunction"], &resources["RedriveFunction"]);
    let depends_on = rebuild.split("DependsOn:").nth(1).and_then(|rest| rest.split("    Metadata:").next());
    let mut forgotten = Vec::new();
    for (name, id) in functions {
        if !depends_on.is_some_and(|list| list.contains(&format!("- {id}{ALIAS}\n"))) {
            forgotten
                .push(format!("{name}: add {id}{ALIAS} to RebuildFunction's DependsOn in template.yaml"));
        }
        let pair = format!("{name}=${{{id}.Arn}}");
        if !redrive.contains(&format!("!Sub {pair}\n")) {
            forgotten.push(format!(
                "{name}: add {pair} to RedriveFunction's PROJECTION_FUNCTIONS in template.yaml"
            ));
        }
        for command in commands() {
            let order = resources[&command].lines().find_map(|line| line.strip_prefix(AFTER_PROJECTIONS));
            let order = order.unwrap_or_default().trim_end_matches(']');
            if !order.split(", ").any(|listed| listed == format!("{id}{ALIAS}")) {
                forgotten.push(format!("{name}: add {id}{ALIAS} to {command}'s DependsOn in template.yaml"));
            }
        }
    }
    forgotten
}

/// A change record of an item whose partition key is `pk`.
fn change(pk: &str) -> Value {
    json!({"data": {"eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"N": "1"}}}}})
}

/// The mappings of `template` that deliver other records than those of their projection's category, each with its cure.
///
/// A filter drops a record for good (AWS Lambda Developer Guide, "Control which events Lambda sends to your function").
/// So a filter must select its category, and one mapping must deliver also what is no change of a known category, so
/// that such a record becomes a dead letter.
fn wrong_filters(template: &Template) -> Vec<String> {
    let all = registry::all::<ProjectionFacts>();
    let (mut wrong, mut unfiltered) = (Vec::new(), 0);
    for mapping in &template.mappings {
        let function = template.functions.iter().find(|function| function.name == mapping.function);
        let binary = &function.expect("a function").binary;
        if followers::NAMES.contains(&binary.as_str()) {
            continue;
        }
        let own = all.iter().find(|facts| facts.name == *binary).expect("a projection").category.as_str();
        let Some(filters) = &mapping.filters else {
            unfiltered += 1;
            continue;
        };
        for facts in &all {
            let category = facts.category.as_str();
            let record = change(&format!("{category}-0194b8f2-7c4e-7000-8000-000000000001"));
            match (filters.accept(&record), category == own) {
                (false, true) => wrong.push(format!("{binary}: its FilterCriteria must select {own}-")),
                (true, false) => {
                    wrong.push(format!("{binary}: its FilterCriteria must not select {category}-"));
                }
                _ => {}
            }
        }
    }
    if unfiltered != 1 {
        let cure =
            "one mapping must deliver every record, so that a record without a category is a dead letter";
        wrong.push(format!("{unfiltered} mappings have no FilterCriteria: {cure}, and only one needs to"));
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

#[test]
fn every_projection_gets_the_records_of_its_category_only() {
    assert_eq!(wrong_filters(&template()), [] as [String; 0]);
}

/// The lines of one `FilterCriteria` in the template.
const FILTER_LINES: usize = 3;

/// Tests the check: each wrong filter is reported.
#[test]
fn a_filter_of_another_category_is_reported() {
    let read = |text: &str| {
        let document = stack_template::parse_yaml(text).expect("YAML");
        Template::from_document(&document, &BTreeMap::new(), "http://127.0.0.1").expect("a template")
    };
    let (text, criteria) = (text(), "            FilterCriteria:\n");
    let all = registry::all::<ProjectionFacts>();
    let categories: BTreeSet<_> = all.iter().map(|facts| facts.category.as_str()).collect();
    let filtered = text.matches(criteria).count();
    assert!(filtered > 0 && wrong_filters(&read(&text)).is_empty());
    for at in text.match_indices(criteria).map(|(at, _)| at) {
        let (before, after) = text.split_at(at);
        if !after.lines().take(FILTER_LINES).any(|line| line.contains("\"prefix\"")) {
            continue;
        }
        let replaced =
            |old: &str, new: &str| wrong_filters(&read(&[before, &after.replacen(old, new, 1)].concat()));
        assert_eq!(replaced("\"prefix\": \"", "\"prefix\": \"no-").len(), 1, "{at}");
        let everything = replaced("[{\"prefix\"", "[{\"exists\": true}, {\"prefix\"");
        assert_eq!(everything.len(), categories.len() - 1, "{at}: {everything:?}");
        let without: Vec<_> = before.lines().chain(after.lines().skip(FILTER_LINES)).collect();
        assert_eq!(wrong_filters(&read(&without.join("\n"))).len(), 1, "{at}");
    }
}

#[test]
fn every_projection_is_registered_deployed_built_and_sampled() {
    let (registered, template, metadata) = (names(), template(), metadata());
    let follows = |name: &str| template.mappings.iter().any(|mapping| mapping.function == name);
    let following = template.functions.iter().filter(|function| follows(&function.name));
    let following = following.map(|function| function.binary.clone());
    let following: BTreeSet<_> =
        following.filter(|name| !followers::NAMES.contains(&name.as_str())).collect();
    let package = metadata.packages.iter().find(|package| package.name.as_str() == "projections");
    let targets = package.expect("functions/projections").targets.iter().filter(|target| target.is_bin());
    let binaries: BTreeSet<_> = targets.map(|target| target.name.clone()).collect();
    let samples: BTreeSet<_> = folders("events");
    let mut wrong = Vec::new();
    for (there, place) in [
        (&following, "a function with a Kinesis event in template.yaml"),
        (&binaries, "a binary in functions/projections/src/bin"),
    ] {
        wrong.extend(registered.difference(there).map(|name| format!("{name}: add {place}")));
        let cure = "add a line to functions/projections/src/registry.rs, or remove";
        wrong.extend(there.difference(&registered).map(|name| format!("{name}: {cure} {place}")));
    }
    let local = fs::read_to_string(root().join("events/local.env")).expect("a file");
    let is_local = |name: &&String| local.contains(&format!("{name}=arn:"));
    let missing = registered.iter().filter(|name| !is_local(name));
    wrong.extend(missing.map(|name| format!("{name}: add it to PROJECTION_FUNCTIONS in events/local.env")));
    wrong.extend(registered.difference(&samples).map(|name| format!("{name}: add samples in events/{name}")));
    assert_eq!(wrong, [] as [String; 0]);
}

/// The places in `template` where a follower that is no projection is missing, each with its cure. `redrive` is the text
/// of `RedriveFunction`.
fn forgotten_followers(template: &Template, redrive: &str) -> Vec<String> {
    let mut forgotten = Vec::new();
    let categories = registry::all::<ProjectionFacts>().into_iter().map(|facts| facts.category);
    let categories: BTreeSet<_> = categories.map(|category| category.as_str().to_owned()).collect();
    for name in followers::NAMES {
        let function = template.functions.iter().find(|function| function.binary == name);
        let mapping = function
            .and_then(|function| template.mappings.iter().find(|mapping| mapping.function == function.name));
        let (Some(function), Some(mapping)) = (function, mapping) else {
            forgotten.push(format!("{name}: add a function with a Kinesis event in template.yaml"));
            continue;
        };
        for category in &categories {
            let record = change(&format!("{category}-0194b8f2-7c4e-7000-8000-000000000001"));
            if mapping.filters.as_ref().is_some_and(|filters| !filters.accept(&record)) {
                forgotten.push(format!("{name}: its FilterCriteria must select {category}-"));
            }
        }
        let pair = format!("{name}=${{{}.Arn}}", function.logical_id);
        if !redrive.contains(&format!("!Sub \"{pair}\"")) {
            forgotten.push(format!(
                "{name}: add {pair} to RedriveFunction's PROJECTION_FUNCTIONS in template.yaml"
            ));
        }
    }
    forgotten
}

#[test]
fn every_other_follower_gets_all_records_and_can_be_redriven() {
    let redrive = resources(&text())["RedriveFunction"].clone();
    assert_eq!(forgotten_followers(&template(), &redrive), [] as [String; 0]);
}

/// Tests the check: a forgotten place is reported.
#[test]
fn a_forgotten_follower_is_reported() {
    let read = |text: &str| {
        let document = stack_template::parse_yaml(text).expect("YAML");
        Template::from_document(&document, &parameters(), "http://127.0.0.1").expect("a template")
    };
    let (text, redrive) = (text(), resources(&text())["RedriveFunction"].clone());
    for name in followers::NAMES {
        assert_eq!(forgotten_followers(&template(), &redrive.replace(name, "other")).len(), 1, "{name}");
    }
    let narrow = text.replace("[{\"exists\": true}]", "[{\"prefix\": \"nothing-\"}]");
    assert!(!forgotten_followers(&read(&narrow), &redrive).is_empty());
}

#[test]
fn every_projection_is_in_every_place_of_the_template() {
    assert_eq!(forgotten(&text(), &functions()), [] as [String; 0]);
}

/// Tests the check: if a line that names a projection is missing, the projection is reported.
#[test]
fn a_projection_missing_from_the_template_is_reported() {
    let (text, functions) = (text(), functions());
    for (name, id) in &functions {
        let names_it = |line: &&str| {
            line.ends_with(&format!("- {id}{ALIAS}")) || line.ends_with(&format!("!Sub {name}=${{{id}.Arn}}"))
        };
        let places: Vec<&str> = text.lines().filter(names_it).collect();
        assert!(places.len() >= 2, "{name} is in {places:?} only");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| names_it(line)) {
            let without: Vec<_> = text
                .lines()
                .enumerate()
                .filter(|(other, _)| *other != number)
                .map(|(_, line)| line)
                .collect();
            let found = forgotten(&without.join("\n"), &functions);
            assert!(found.len() == 1 && found[0].starts_with(name.as_str()), "{line:?}: {found:?}");
        }
        let orders: BTreeSet<&str> =
            text.lines().filter(|line| line.starts_with(AFTER_PROJECTIONS) && line.contains(id)).collect();
        assert!(!orders.is_empty(), "no command is deployed after {name}");
        for order in orders {
            let found = forgotten(&text.replace(order, &order.replace(id, "Other")), &functions);
            assert_eq!(found.len(), commands().len(), "{found:?}");
        }
        let wrong_arn = text.replace(&format!("!Sub {name}=${{{id}"), &format!("!Sub {name}=${{Other{id}"));
        assert_eq!(forgotten(&wrong_arn, &functions).len(), 1, "{name} with another function's ARN");
    }
}
