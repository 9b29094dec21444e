//! A function starts only in a complete environment.

use testing::has_environment;

/// The tables of the views, and for how many seconds the live one is known.
const TABLES: [(&str, &str); 4] = [
    ("BLUE_QUERY_TABLE", "blue"),
    ("GREEN_QUERY_TABLE", "green"),
    ("OPERATIONS_TABLE", "operations"),
    ("GENERATION_MAX_AGE", "10"),
];

/// The error with which a query refuses to start.
fn refusal() -> String {
    queries::run(|_, _| (), async |(), _| unreachable!("no request arrives")).unwrap_err().to_string()
}

#[test]
fn a_query_needs_the_tables_of_both_generations() {
    let test = "environment::a_query_needs_the_tables_of_both_generations";
    if has_environment(test, &[("GENERATION_MAX_AGE", "10"), ("OPERATIONS_TABLE", "operations")]) {
        assert!(refusal().contains("BLUE_QUERY_TABLE"), "{}", refusal());
    }
}

#[test]
fn the_longest_wait_is_a_number_of_seconds() {
    let variables = [&TABLES[..], &shop_contract::SCOPES, &[("LONGEST_WAIT", "soon")]].concat();
    if has_environment("environment::the_longest_wait_is_a_number_of_seconds", &variables) {
        assert!(refusal().contains("soon"), "{}", refusal());
    }
}
