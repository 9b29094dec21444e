//! The markers, and the search for markers in a text.

/// The id of the customer.
pub(crate) const USER: &str = "zq-user-7f3a";
/// The name of the product.
pub(crate) const PRODUCT_NAME: &str = "Zq-Name-Of-Product";
/// The tracking number of a parcel.
pub(crate) const TRACKING: &str = "ZQ-TRACKING-1";
/// The carrier of a parcel.
pub(crate) const CARRIER: &str = "ZQ-CARRIER";
/// The reason for a cancellation.
pub(crate) const REASON: &str = "zq-reason-why";
/// An idempotency key.
pub(crate) const KEY: &str = "zq-idempotency-key";
/// A forged cursor.
pub(crate) const CURSOR: &str = "zq-cursor";
/// The value of headers that the functions do not read, and an invalid value of headers that they read.
pub(crate) const HEADER: &str = "zq-header-value";
/// The value of a query parameter.
pub(crate) const PARAMETER: &str = "zq-parameter";
/// An invalid value in a body.
pub(crate) const VALUE: &str = "zq-value-of-another-kind";
/// An invalid value in a stored event.
pub(crate) const STORED: &str = "zq-stored-value";
/// An entity tag.
pub(crate) const TAG: &str = "zq-entity-tag";
/// The value of a preference that the functions do not know.
pub(crate) const PREFERENCE: &str = "zq-preference";
/// A member of X-Amzn-Trace-Id.
pub(crate) const TRACE: &str = "zq-trace-member";
/// A member of tracestate.
pub(crate) const STATE: &str = "zq-state-member";
/// A number in a parameter and in a body.
pub(crate) const NUMBER: &str = "907240613";
/// An invalid token.
pub(crate) const CREDENTIALS: &str = "zq.bearer.token";

/// A correlation id. It may appear: the functions log and return it.
pub(crate) const CORRELATION: &str = "zq-correlation-1";
/// The name of an unknown field. It may appear: the error response names the field.
pub(crate) const NAME: &str = "zq-name-of-field";
/// The id of the product. It may appear: spans contain the path of the request.
pub(crate) const PRODUCT: &str = "zq-product";

/// Every marker that must not appear.
pub(crate) const SECRETS: [&str; 17] = [
    USER,
    PRODUCT_NAME,
    TRACKING,
    CARRIER,
    REASON,
    KEY,
    CURSOR,
    HEADER,
    PARAMETER,
    VALUE,
    STORED,
    TAG,
    PREFERENCE,
    TRACE,
    STATE,
    NUMBER,
    CREDENTIALS,
];

/// Asserts that `text` contains none of `secrets`, in upper or lower case. The message names the `place` of the text.
pub(crate) fn assert_absent(secrets: &[String], place: &str, text: &str) {
    let text = text.to_lowercase();
    for secret in secrets {
        assert!(!text.contains(&secret.to_lowercase()), "{place} has {secret}: {text}");
    }
}
