//! Public RSA keys of issuers: JSON Web Key Sets (RFC 7517), and sets that other issuers publish (`OpenID` Connect
//! Discovery 1.0).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Client;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};
use serde::Deserialize;
use serde_json::Value;
use stack_base::http;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::error::{Denied, IdentityError};
use super::token::ParsedToken;

/// Timeout of each request to the issuer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Time after which keys are fetched again. API Gateway uses the same time.
const KEPT: Duration = Duration::from_hours(2);
/// Minimum time between two fetches, even if tokens name unknown keys.
const PAUSE: Duration = Duration::from_secs(10);

/// Public keys, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct KeySet(BTreeMap<String, Arc<PublicKey>>);

/// An RSA public key.
#[derive(Debug)]
pub(super) struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// The only algorithm for this key, if the issuer restricts it.
    algorithm: Option<String>,
}

/// A key in the form that issuers publish.
#[derive(Deserialize)]
struct PublishedKey {
    kty: String,
    kid: String,
    n: String,
    e: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
}

impl KeySet {
    /// The RSA signing keys in `document`. Other keys are ignored.
    pub(super) fn from_document(document: &Value) -> Self {
        let keys = document.get("keys").and_then(Value::as_array).into_iter().flatten();
        Self(keys.filter_map(|key| PublicKey::from_published(PublishedKey::deserialize(key).ok()?)).collect())
    }

    /// Finds a key by its id.
    pub(super) fn get(&self, id: &str) -> Option<Arc<PublicKey>> {
        self.0.get(id).cloned()
    }
}

impl PublicKey {
    fn from_published(key: PublishedKey) -> Option<(String, Arc<Self>)> {
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
    /// [`Denied::Algorithm`] or [`Denied::Signature`].
    pub(super) fn check(&self, token: &ParsedToken<'_>) -> Result<(), Denied> {
        let name = token.header.alg.as_str();
        if self.algorithm.as_ref().is_some_and(|only| only != name) {
            return Err(Denied::Algorithm);
        }
        let algorithm = algorithm(name).ok_or(Denied::Algorithm)?;
        let key = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
        key.verify(algorithm, token.signed, &token.signature).map_err(|_| Denied::Signature)
    }
}

/// Finds an RSA algorithm by its name (RFC 7518, section 3.3).
pub(super) fn algorithm(name: &str) -> Option<&'static RsaParameters> {
    match name {
        "RS256" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "RS512" => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

/// Decodes a number in base64url, and removes the leading zeros that some issuers add.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

/// The keys of one issuer, fetched when first needed.
#[derive(Debug)]
pub(super) struct PublishedKeys {
    issuer: String,
    client: Client,
    fetched: Mutex<Option<Fetched>>,
}

#[derive(Debug)]
struct Fetched {
    /// `None` if the fetch failed.
    keys: Option<KeySet>,
    at: Instant,
}

/// The used fields of an issuer's configuration.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

/// Why an issuer's keys could not be fetched.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the issuer's configuration is invalid: {0}")]
    Configuration(#[from] serde_json::Error),
    #[error("the issuer's configuration names another issuer: {0}")]
    OtherIssuer(String),
}

impl PublishedKeys {
    /// Creates an empty cache for the keys of `issuer`.
    ///
    /// # Errors
    /// [`IdentityError::Client`] when the HTTP client cannot be created.
    pub(super) fn new(issuer: &str) -> Result<Self, IdentityError> {
        Ok(Self { issuer: issuer.to_owned(), client: http::client(TIMEOUT)?, fetched: Mutex::new(None) })
    }

    /// Finds a key by its id. The keys are fetched if the key is unknown or the cached keys are too old.
    ///
    /// # Errors
    /// [`Denied::NoKeys`] when the keys could not be fetched.
    pub(super) async fn get(&self, id: &str) -> Result<Option<Arc<PublicKey>>, Denied> {
        let mut fetched = self.fetched.lock().await;
        let is_usable = fetched.as_ref().is_some_and(|fetched| {
            let has_key = fetched.keys.as_ref().is_some_and(|keys| keys.get(id).is_some());
            fetched.at.elapsed() < if has_key { KEPT } else { PAUSE }
        });
        if !is_usable {
            let keys = self.fetch().await;
            if let Err(problem) = &keys {
                tracing::warn!(issuer = self.issuer, %problem, "cannot fetch the issuer's keys");
            }
            *fetched = Some(Fetched { keys: keys.ok(), at: Instant::now() });
        }
        let keys = fetched.as_ref().and_then(|fetched| fetched.keys.as_ref());
        keys.map(|keys| keys.get(id)).ok_or(Denied::NoKeys)
    }

    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let issuer = self.issuer.trim_end_matches('/');
        let configuration = self.document(&format!("{issuer}/.well-known/openid-configuration")).await?;
        let configuration = Configuration::deserialize(configuration)?;
        if configuration.issuer != self.issuer {
            return Err(FetchError::OtherIssuer(configuration.issuer));
        }
        Ok(KeySet::from_document(&self.document(&configuration.jwks_uri).await?))
    }

    async fn document(&self, url: &str) -> Result<Value, FetchError> {
        Ok(self.client.get(url).send().await?.error_for_status()?.json().await?)
    }
}
