//! The function reads its environment.

use publication::{PublicationSettings, Vocabulary};
use testing::has_environment;

use crate::world::envelope;

fn vocabulary() -> Vocabulary {
    let envelope = envelope();
    Vocabulary { schemas: envelope.schemas, reference: envelope.reference }
}

#[test]
fn the_environment_names_the_bus_and_the_source() {
    let test = "function::the_environment_names_the_bus_and_the_source";
    if has_environment(test, &[("EVENT_BUS", "accounts"), ("EVENT_SOURCE", "bank")]) {
        let config = aws_client::config().unwrap();
        let settings = PublicationSettings::from_environment(&config, vocabulary()).unwrap().unwrap();
        assert_eq!(settings.envelope.source, "bank");
        assert!(format!("{:?}", settings.bus).contains("accounts"), "{:?}", settings.bus);
    }
}

#[test]
fn a_source_is_required_where_events_are_published() {
    let test = "function::a_source_is_required_where_events_are_published";
    if has_environment(test, &[("EVENT_BUS", "accounts")]) {
        let config = aws_client::config().unwrap();
        let missing = PublicationSettings::from_environment(&config, vocabulary()).unwrap_err();
        assert!(missing.to_string().contains("EVENT_SOURCE"), "{missing}");
    }
}

#[test]
fn nothing_is_published_without_a_bus() {
    let test = "function::nothing_is_published_without_a_bus";
    if has_environment(test, &[("EVENT_BUS", ""), ("EVENT_SOURCE", "bank")]) {
        let config = aws_client::config().unwrap();
        assert!(publication::checkpoint_table(aws_client::dynamodb(&config)).unwrap().is_none());
        assert!(PublicationSettings::from_environment(&config, vocabulary()).unwrap().is_none());
        let missing = PublicationSettings::required(&config, vocabulary()).unwrap_err();
        assert!(missing.to_string().contains("EVENT_BUS"), "{missing}");
    }
}

#[test]
fn the_environment_names_the_table_of_the_checkpoints() {
    let test = "function::the_environment_names_the_table_of_the_checkpoints";
    let tables = [("EVENT_BUS", "accounts"), ("PUBLICATION_TABLE", "published"), ("EVENT_TABLE", "events")];
    if has_environment(test, &tables) {
        let client = aws_client::dynamodb(&aws_client::config().unwrap());
        let table = publication::checkpoint_table(client).unwrap().unwrap();
        assert_eq!((table.name.as_str(), table.timeline.as_str()), ("published", "events"));
    }
}

#[test]
fn the_publisher_does_not_start_in_an_incomplete_environment() {
    let test = "function::the_publisher_does_not_start_in_an_incomplete_environment";
    if has_environment(test, &[("EVENT_TABLE", "events")]) {
        let missing = publication::run("Bank", vocabulary()).unwrap_err();
        assert!(missing.to_string().contains("EVENT_BUS"), "{missing}");
    }
}
