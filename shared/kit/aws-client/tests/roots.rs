//! The roots of trust are those that Amazon Trust Services publishes.
#![cfg(test)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// SHA-256 of each certificate, from <https://www.amazontrust.com/repository/>.
const PUBLISHED: [&str; 5] = [
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
];

#[test]
fn every_root_is_one_of_amazons() {
    let pem = include_str!("../roots.pem");
    let certificates = pem.split("-----BEGIN CERTIFICATE-----").skip(1).map(|certificate| {
        let (body, _) = certificate.split_once("-----END CERTIFICATE-----").unwrap();
        let der = STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap();
        Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
    });
    assert_eq!(certificates.collect::<Vec<_>>(), PUBLISHED);
}
