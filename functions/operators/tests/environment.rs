//! An operator's function starts only in a complete environment.
#![cfg(test)]

use operators::{rebuild, reconcile, redrive, republish};
use testing::has_environment;

/// The refusal of `run`, which fails without the runtime of Lambda.
fn refusal(run: fn() -> Result<(), lambda::Error>) -> String {
    run().unwrap_err().to_string()
}

#[test]
fn rebuild_needs_its_speed() {
    if has_environment("rebuild_needs_its_speed", &[("EVENT_TABLE", "events")]) {
        assert!(refusal(rebuild::run).contains("REBUILD_"), "{}", refusal(rebuild::run));
    }
}

#[test]
fn reconcile_needs_the_event_table() {
    if has_environment("reconcile_needs_the_event_table", &[]) {
        assert!(refusal(reconcile::run).contains("EVENT_TABLE"), "{}", refusal(reconcile::run));
    }
}

#[test]
fn redrive_needs_the_tables_of_the_views() {
    if has_environment("redrive_needs_the_tables_of_the_views", &[("EVENT_TABLE", "events")]) {
        assert!(refusal(redrive::run).contains("OPERATIONS_TABLE"), "{}", refusal(redrive::run));
    }
}

#[test]
fn republish_needs_a_bus() {
    if has_environment("republish_needs_a_bus", &[("EVENT_TABLE", "events")]) {
        assert!(refusal(republish::run).contains("EVENT_BUS"), "{}", refusal(republish::run));
    }
}
