//! The certificates that a client trusts: those of `AWS_CA_BUNDLE`, or the roots that Amazon Trust Services publishes.
#![cfg(test)]

use std::fs;
use std::path::Path;

use aws_client::{ConfigError, config_from, dynamodb};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use testing::dynamodb::LocalDynamoDb;
use testing::tls::TlsFront;

/// A new file with `content` for this test.
fn bundle(name: &str, content: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Lambda's variables with `endpoint` and `bundle`. An empty value counts as missing.
fn environment(endpoint: &str, bundle: &str) -> impl Fn(&str) -> Option<String> {
    move |name| match name {
        "AWS_ENDPOINT_URL" => Some(endpoint.to_owned()),
        "AWS_CA_BUNDLE" => Some(bundle.to_owned()),
        "AWS_REGION" => Some("eu-west-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        _ => None,
    }
}

#[tokio::test]
async fn the_certificates_of_the_bundle_are_trusted() {
    let local = LocalDynamoDb::start().await;
    let table = local.event_table().await;
    let front = TlsFront::start(local.endpoint()).await;
    let bundle = bundle("trusted.pem", front.certificate());
    let config = config_from(environment(front.endpoint(), &bundle)).unwrap();
    let tables = dynamodb(&config).list_tables().send().await.unwrap();
    assert!(tables.table_names().contains(&table));
}

#[tokio::test]
async fn without_the_right_bundle_another_certificate_is_refused() {
    let local = LocalDynamoDb::start().await;
    let front = TlsFront::start(local.endpoint()).await;
    let others = bundle("others.pem", TlsFront::start(local.endpoint()).await.certificate());
    for bundle in ["", others.as_str()] {
        let config = config_from(environment(front.endpoint(), bundle)).unwrap();
        let error = dynamodb(&config).list_tables().send().await.unwrap_err();
        assert!(format!("{error:?}").contains("InvalidCertificate"), "{error:?}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = config_from(environment("https://localhost", "no/such/file.pem")).unwrap_err();
    assert!(matches!(error, ConfigError::BundleUnreadable { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("AWS_CA_BUNDLE") && text.contains("no/such/file.pem"), "{text}");
}

#[test]
fn a_file_without_a_valid_certificate_is_refused() {
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, content) in [("empty.pem", ""), ("text.pem", "no certificate"), ("damaged.pem", damaged)] {
        let error = config_from(environment("https://localhost", &bundle(name, content))).unwrap_err();
        assert!(matches!(error, ConfigError::BundleInvalid { .. }), "{name}: {error}");
    }
}

/// The SHA-256 hash of each certificate, from <https://www.amazontrust.com/repository/>.
const PUBLISHED: [&str; 5] = [
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
];

#[test]
fn every_root_certificate_is_one_that_amazon_publishes() {
    let pem = include_str!("../roots.pem");
    let certificates = pem.split("-----BEGIN CERTIFICATE-----").skip(1).map(|certificate| {
        let (body, _) = certificate.split_once("-----END CERTIFICATE-----").unwrap();
        let der = STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap();
        Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
    });
    assert_eq!(certificates.collect::<Vec<_>>(), PUBLISHED);
}
