//! The keys that another issuer publishes: `OpenID` Connect Discovery 1.0.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::denied::Denied;
use super::error::IdentityError;
use super::key_set::{KeySet, PublicKey};
use crate::http;

/// Longest wait for one answer of the issuer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long keys are used before they are fetched again; API Gateway's own.
const KEPT: Duration = Duration::from_hours(2);
/// Least time between two fetches, whatever keys tokens ask for.
const PAUSE: Duration = Duration::from_secs(10);

/// The keys of the issuer at one URL, fetched when they are first needed.
#[derive(Debug)]
pub(super) struct PublishedKeys {
    issuer: String,
    client: Client,
    fetched: Mutex<Option<Fetched>>,
}

#[derive(Debug)]
struct Fetched {
    /// `None` where the fetch failed.
    keys: Option<KeySet>,
    at: Instant,
}

/// What is used of an issuer's configuration.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

impl PublishedKeys {
    /// The keys of `issuer`.
    ///
    /// # Errors
    /// [`IdentityError::Client`].
    pub(super) fn of(issuer: &str) -> Result<Self, IdentityError> {
        Ok(Self { issuer: issuer.to_owned(), client: http::client(TIMEOUT)?, fetched: Mutex::new(None) })
    }

    /// The key `id`: from memory, or from the issuer when it is not there or too old.
    ///
    /// # Errors
    /// [`Denied::NoKeys`].
    pub(super) async fn get(&self, id: &str) -> Result<Option<Arc<PublicKey>>, Denied> {
        let mut fetched = self.fetched.lock().await;
        let is_usable = fetched.as_ref().is_some_and(|fetched| {
            let has_key = fetched.keys.as_ref().is_some_and(|keys| keys.get(id).is_some());
            fetched.at.elapsed() < if has_key { KEPT } else { PAUSE }
        });
        if !is_usable {
            let keys = self.fetch().await;
            if let Err(problem) = &keys {
                tracing::warn!(issuer = self.issuer, problem, "the issuer's keys were not fetched");
            }
            *fetched = Some(Fetched { keys: keys.ok(), at: Instant::now() });
        }
        let keys = fetched.as_ref().and_then(|fetched| fetched.keys.as_ref());
        keys.map(|keys| keys.get(id)).ok_or(Denied::NoKeys)
    }

    async fn fetch(&self) -> Result<KeySet, String> {
        let issuer = self.issuer.trim_end_matches('/');
        let configuration = self.document(&format!("{issuer}/.well-known/openid-configuration")).await?;
        let configuration = Configuration::deserialize(configuration).map_err(|error| error.to_string())?;
        if configuration.issuer != self.issuer {
            return Err(format!("it calls itself {}", configuration.issuer));
        }
        Ok(KeySet::of(&self.document(&configuration.jwks_uri).await?))
    }

    async fn document(&self, url: &str) -> Result<Value, String> {
        let answer = self.client.get(url).send().await.and_then(reqwest::Response::error_for_status);
        answer.map_err(|error| error.to_string())?.json().await.map_err(|error| format!("{url}: {error}"))
    }
}
