//! Tests the reactions with events as `EventBridge` passes them to a function.
#![cfg(test)]

mod notify_customer;

use reactions::NotifyCustomer;

#[test]
fn a_reaction_runs_in_its_own_function_only() {
    let wrong = reactions::run::<NotifyCustomer>("another").unwrap_err();
    assert!(wrong.to_string().contains("another"), "{wrong}");
}
