//! The HTTP client of the stack and of its command line.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use rustls::crypto::{CryptoProvider, ring};

/// A client that gives up after `timeout`, never follows a redirect and uses no proxy: everything is on loopback.
///
/// # Errors
/// What the client builder says.
pub(crate) fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been first; then its provider is as good.
        let _: Result<(), Arc<CryptoProvider>> = ring::default_provider().install_default();
    }
    Client::builder().timeout(timeout).redirect(reqwest::redirect::Policy::none()).no_proxy().build()
}
