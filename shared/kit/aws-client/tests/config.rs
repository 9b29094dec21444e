//! The configuration out of the environment, and clients by it.

use aws_client::{ConfigError, config_from, dynamodb};
use testing::dynamodb::LocalDynamoDb;

/// Lambda's variables, with `changes` to them.
fn environment(changes: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    move |name| {
        let lambda = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SESSION_TOKEN", "token"),
        ];
        let found = changes.iter().chain(&lambda).find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).to_owned())
    }
}

#[tokio::test]
async fn a_client_reaches_a_plain_http_endpoint() {
    let local = LocalDynamoDb::start().await;
    let table = local.event_table().await;
    let config = config_from(environment(&[("AWS_ENDPOINT_URL", local.endpoint())])).unwrap();
    let tables = dynamodb(&config).list_tables().send().await.unwrap();
    assert!(tables.table_names().contains(&table));
}

/// Outside a runtime a request could not even begin.
#[test]
fn a_client_is_built_without_a_request() {
    let config = config_from(environment(&[])).unwrap();
    assert_eq!(config.region().unwrap().as_ref(), "eu-west-1");
    assert_eq!(config.endpoint_url(), None);
    drop(dynamodb(&config));
}

#[test]
fn a_missing_or_empty_variable_is_named() {
    for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        let error = config_from(environment(&[(name, "")])).unwrap_err();
        assert!(matches!(error, ConfigError::Missing(missing) if missing == name), "{error}");
    }
    assert!(matches!(config_from(|_| None), Err(ConfigError::Missing(_))));
    assert!(config_from(environment(&[("AWS_SESSION_TOKEN", "")])).is_ok());
}

#[test]
fn an_endpoint_that_is_no_http_address_is_refused() {
    let error = config_from(environment(&[("AWS_ENDPOINT_URL", "localhost:4566")])).unwrap_err();
    assert!(matches!(&error, ConfigError::Endpoint(url) if url == "localhost:4566"));
    assert!(error.to_string().contains("AWS_ENDPOINT_URL"));
}
