//! The members of a view's JSON that say what the view's amounts mean.

use domain::Currency;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct Members<'a> {
    currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_decimals: Option<u8>,
}

/// Serializes the currency with the `code` and its number of decimals. The number is computed here instead of stored,
/// so old views have it too. A code that is not an active ISO 4217 code has no number.
pub(crate) fn with_decimals<S: Serializer>(code: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let currency_decimals = code.parse().ok().map(Currency::decimals);
    Members { currency: code, currency_decimals }.serialize(serializer)
}
