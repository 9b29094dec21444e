//! The function reads its environment. A test cannot change the environment of its process, so each test runs itself
//! again in a process of its own.

use std::process::Command;

use publication::{PublicationSettings, Vocabulary};

use crate::world::envelope;

/// What every function has.
const AWS: [(&str, &str); 3] =
    [("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")];

/// Whether this process has `variables`. If it does not, runs `test` in a process that has only these and [`AWS`].
fn has(variables: &[(&str, &str)], test: &str) -> bool {
    if variables.iter().all(|(name, value)| std::env::var(name).as_deref() == Ok(*value)) {
        return true;
    }
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", test]).env_clear().envs(AWS).envs(variables.iter().copied());
    let output = process.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    false
}

fn vocabulary() -> Vocabulary {
    let envelope = envelope();
    Vocabulary { schemas: envelope.schemas, reference: envelope.reference }
}

#[test]
fn the_environment_names_the_bus_and_the_source() {
    let variables = [("EVENT_BUS", "orders"), ("EVENT_SOURCE", "bank")];
    if has(&variables, "function::the_environment_names_the_bus_and_the_source") {
        let config = aws_client::config().unwrap();
        let settings = PublicationSettings::from_environment(&config, vocabulary()).unwrap().unwrap();
        assert_eq!(settings.envelope.source, "bank");
        assert!(format!("{:?}", settings.bus).contains("orders"), "{:?}", settings.bus);
    }
}

#[test]
fn a_source_is_required_where_events_are_published() {
    if has(&[("EVENT_BUS", "orders")], "function::a_source_is_required_where_events_are_published") {
        let config = aws_client::config().unwrap();
        let missing = PublicationSettings::from_environment(&config, vocabulary()).unwrap_err();
        assert!(missing.to_string().contains("EVENT_SOURCE"), "{missing}");
    }
}

#[test]
fn nothing_is_published_without_a_bus() {
    let variables = [("EVENT_BUS", ""), ("EVENT_SOURCE", "bank")];
    if has(&variables, "function::nothing_is_published_without_a_bus") {
        let config = aws_client::config().unwrap();
        assert!(PublicationSettings::from_environment(&config, vocabulary()).unwrap().is_none());
        let missing = PublicationSettings::required(&config, vocabulary()).unwrap_err();
        assert!(missing.to_string().contains("EVENT_BUS"), "{missing}");
    }
}

#[test]
fn the_publisher_does_not_start_in_an_incomplete_environment() {
    if has(&[("EVENT_TABLE", "events")], "function::the_publisher_does_not_start_in_an_incomplete_environment") {
        let missing = publication::run("Bank", vocabulary()).unwrap_err();
        assert!(missing.to_string().contains("EVENT_BUS"), "{missing}");
    }
}
