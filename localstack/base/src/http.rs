//! The HTTP clients of the stack and of its command line.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, ClientBuilder};
use rustls::crypto::{CryptoProvider, ring};

/// A client that gives up after `timeout`, never follows a redirect and uses no proxy: everything is on loopback.
///
/// # Errors
/// What the client builder says.
pub fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    builder(timeout).no_proxy().build()
}

/// A client to anywhere: by the proxy that the environment names, if it names one.
///
/// # Errors
/// What the client builder says.
pub fn outbound(timeout: Duration) -> Result<Client, reqwest::Error> {
    builder(timeout).build()
}

fn builder(timeout: Duration) -> ClientBuilder {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been first; then its provider is as good.
        let _: Result<(), Arc<CryptoProvider>> = ring::default_provider().install_default();
    }
    Client::builder().timeout(timeout).redirect(reqwest::redirect::Policy::none())
}
