//! An issuer's public keys: JSON Web Key Sets (RFC 7517), RSA keys only.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};
use serde::Deserialize;
use serde_json::Value;

use super::denied::Denied;
use super::token::Token;

/// Public keys by their ids.
#[derive(Debug, Clone, Default)]
pub(super) struct KeySet(BTreeMap<String, Arc<PublicKey>>);

/// An RSA public key.
#[derive(Debug)]
pub(super) struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// The only algorithm the issuer uses it with, where it says so.
    algorithm: Option<String>,
}

/// A key as an issuer publishes it.
#[derive(Deserialize)]
struct Published {
    kty: String,
    kid: String,
    n: String,
    e: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
}

impl KeySet {
    /// The keys of `document` that tokens can be signed with; any other key in it is somebody else's concern.
    pub(super) fn of(document: &Value) -> Self {
        let keys = document.get("keys").and_then(Value::as_array).into_iter().flatten();
        Self(keys.filter_map(|key| PublicKey::of(Published::deserialize(key).ok()?)).collect())
    }

    /// The key `id`.
    pub(super) fn get(&self, id: &str) -> Option<Arc<PublicKey>> {
        self.0.get(id).cloned()
    }
}

impl PublicKey {
    fn of(key: Published) -> Option<(String, Arc<Self>)> {
        let is_for_signing = key.purpose.is_none_or(|purpose| purpose == "sig");
        if key.kty != "RSA" || !is_for_signing {
            return None;
        }
        let (modulus, exponent) = (number(&key.n)?, number(&key.e)?);
        Some((key.kid, Arc::new(Self { modulus, exponent, algorithm: key.alg })))
    }

    /// Checks that `token` is signed with this key.
    ///
    /// # Errors
    /// [`Denied::Algorithm`], [`Denied::Signature`].
    pub(super) fn check(&self, token: &Token<'_>) -> Result<(), Denied> {
        let name = token.header.alg.as_str();
        if self.algorithm.as_ref().is_some_and(|only| only != name) {
            return Err(Denied::Algorithm);
        }
        let algorithm = algorithm(name).ok_or(Denied::Algorithm)?;
        let key = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
        key.verify(algorithm, token.signed, &token.signature).map_err(|_| Denied::Signature)
    }
}

/// The algorithm called `name`, if it is one of RSA's (RFC 7518, section 3.3).
pub(super) fn algorithm(name: &str) -> Option<&'static RsaParameters> {
    match name {
        "RS256" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "RS512" => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

/// A number in base64url, without the leading zeros that some issuers leave on it.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}
