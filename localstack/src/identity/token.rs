//! JSON Web Tokens in their compact form: RFC 7519, and RFC 7515 for what is signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::denied::Denied;

/// The header of a token, as far as it is used.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    /// The algorithm it claims to be signed with.
    pub(super) alg: String,
    /// The key it claims to be signed with.
    pub(super) kid: Option<String>,
    /// Extensions that must be understood; none are.
    #[serde(default)]
    crit: Option<Value>,
}

/// A token in its parts, of which nothing is believed yet.
#[derive(Debug)]
pub(super) struct Token<'t> {
    pub(super) header: Header,
    pub(super) claims: Map<String, Value>,
    /// What the signature is over.
    pub(super) signed: &'t [u8],
    pub(super) signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`Denied::Malformed`].
    pub(super) fn parse(text: &'t str) -> Result<Self, Denied> {
        let (signed, signature) = text.rsplit_once('.').ok_or(Denied::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Denied::Malformed)?;
        let header: Header = part(header)?;
        if header.crit.is_some() {
            return Err(Denied::Malformed);
        }
        Ok(Self { header, claims: part(claims)?, signed: signed.as_bytes(), signature: bytes(signature)? })
    }
}

/// The compact form of `header` and `claims`, still without its signature.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// `text` signed with `signature`.
pub(super) fn with_signature(text: &str, signature: &[u8]) -> String {
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, Denied> {
    serde_json::from_slice(&bytes(text)?).map_err(|_| Denied::Malformed)
}

fn bytes(text: &str) -> Result<Vec<u8>, Denied> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Denied::Malformed)
}
