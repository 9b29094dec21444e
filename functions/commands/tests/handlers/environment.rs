//! A function starts only in a complete environment.

use testing::has_environment;

#[test]
fn a_command_needs_the_event_table() {
    if has_environment("environment::a_command_needs_the_event_table", &[]) {
        let missing = commands::run(async |_, _| unreachable!("no request arrives")).unwrap_err();
        assert!(missing.to_string().contains("EVENT_TABLE"), "{missing}");
    }
}

#[test]
fn a_priced_command_needs_the_source_of_its_prices() {
    let test = "environment::a_priced_command_needs_the_source_of_its_prices";
    if has_environment(test, &[("EVENT_TABLE", "events"), ("PRICE_MAX_AGE", "60")]) {
        let missing = commands::run_priced(async |_, _, _| unreachable!("no request arrives")).unwrap_err();
        assert!(missing.to_string().contains("PRICE_SOURCE"), "{missing}");
    }
}
