//! The functions behind the HTTP API: the template, and the tables that simulation and fuzzing dispatch by.

use std::collections::BTreeSet;

use testing::InMemoryEventStore;

use crate::workspace::template;

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
