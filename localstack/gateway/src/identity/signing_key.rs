//! The development issuer's RSA key. It is generated when a stack starts, or stored in the stack's data directory.
//!
//! `ring` signs and verifies but cannot generate RSA keys. The crate `rsa` only generates the key.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use getrandom::SysRng;
use ring::digest::{SHA256, digest};
use ring::error::KeyRejected;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::rand_core::UnwrapErr;
use serde_json::{Value, json};

use super::error::IdentityError;

/// Size of the key in bits, the minimum for RS256 (RFC 7518, section 3.3).
const BITS: usize = 2048;
/// Name of the key file in a data directory.
const FILE: &str = "issuer-key.der";

/// A key that signs tokens.
pub struct SigningKey {
    pair: RsaKeyPair,
    /// Id of the key.
    pub(super) id: String,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Generates a new key. This takes up to a second of one processor.
    ///
    /// # Errors
    /// [`IdentityError::Generate`] when the key cannot be generated.
    pub fn generate() -> Result<Self, IdentityError> {
        Self::from_der(&new_key()?).map_err(|error| IdentityError::Generate(error.to_string()))
    }

    /// Reads the key in `directory`, or generates and stores one. Only the current user can read the file.
    ///
    /// # Errors
    /// [`IdentityError::Store`], [`IdentityError::Unusable`] or [`IdentityError::Generate`].
    pub fn read_or_create(directory: &Path) -> Result<Self, IdentityError> {
        let path = directory.join(FILE);
        let store = |source| IdentityError::Store { path: path.clone(), source };
        let der = match std::fs::read(&path) {
            Ok(der) => der,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let der = new_key()?;
                let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
                file.and_then(|mut file| file.write_all(&der).and_then(|()| file.sync_all()))
                    .map_err(store)?;
                der
            }
            Err(error) => return Err(store(error)),
        };
        Self::from_der(&der).map_err(|source| IdentityError::Unusable { path, source })
    }

    fn from_der(der: &[u8]) -> Result<Self, KeyRejected> {
        let pair = RsaKeyPair::from_der(der)?;
        let [modulus, exponent] = numbers(&pair);
        // RFC 7638: the hash covers the required members in lexicographic order, without white space.
        let thumbprint = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
        let id = URL_SAFE_NO_PAD.encode(digest(&SHA256, thumbprint.as_bytes()));
        Ok(Self { pair, id })
    }

    /// The public key as a JSON Web Key.
    pub(super) fn public(&self) -> Value {
        let [n, e] = numbers(&self.pair);
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "n": n, "e": e})
    }

    /// Signs `message` with RS256.
    ///
    /// # Errors
    /// [`IdentityError::Sign`] when signing fails.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, IdentityError> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        signed.map(|()| signature).map_err(|_| IdentityError::Sign)
    }
}

fn new_key() -> Result<Vec<u8>, IdentityError> {
    let failed = |error: &dyn fmt::Display| IdentityError::Generate(error.to_string());
    let key = RsaPrivateKey::new(&mut UnwrapErr(SysRng), BITS).map_err(|error| failed(&error))?;
    Ok(key.to_pkcs1_der().map_err(|error| failed(&error))?.as_bytes().to_vec())
}

/// Modulus and exponent, each in base64url.
fn numbers(pair: &RsaKeyPair) -> [String; 2] {
    let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
    [n, e].map(|number| URL_SAFE_NO_PAD.encode(number))
}
