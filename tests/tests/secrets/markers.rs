//! The markers, and where they must not be.

/// Whose orders they are.
pub(crate) const USER: &str = "zq-user-7f3a";
/// What a product is called.
pub(crate) const PRODUCT_NAME: &str = "Zq-Name-Of-Product";
/// A parcel's number, and who carries it.
pub(crate) const TRACKING: &str = "ZQ-TRACKING-1";
pub(crate) const CARRIER: &str = "ZQ-CARRIER";
/// Why an order was given up.
pub(crate) const REASON: &str = "zq-reason-why";
/// What makes a request safe to repeat.
pub(crate) const KEY: &str = "zq-idempotency-key";
/// A cursor that nobody gave out.
pub(crate) const CURSOR: &str = "zq-cursor";
/// The value of a header that nobody reads, and of those that are read in vain.
pub(crate) const HEADER: &str = "zq-header-value";
/// The value of a parameter.
pub(crate) const PARAMETER: &str = "zq-parameter";
/// A value in a body, where another is expected.
pub(crate) const VALUE: &str = "zq-value-of-another-kind";
/// What stands in a stored event, where another is expected.
pub(crate) const STORED: &str = "zq-stored-value";
/// The credentials of somebody without a good token.
pub(crate) const CREDENTIALS: &str = "zq.bearer.token";

/// What ties the messages of one conversation together: it is logged, and comes back.
pub(crate) const CORRELATION: &str = "zq-correlation-1";
/// The name of a field that there is not: the refusal names it.
pub(crate) const NAME: &str = "zq-name-of-field";
/// A product's id: it is in the path that a span has.
pub(crate) const PRODUCT: &str = "zq-product";

/// Every marker that nobody may be told.
pub(crate) const SECRETS: [&str; 12] = [
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
    CREDENTIALS,
];

/// Panics where one of `secrets` is in `told`, in whatever case.
pub(crate) fn assert_absent(secrets: &[String], place: &str, told: &str) {
    let told = told.to_lowercase();
    for secret in secrets {
        assert!(!told.contains(&secret.to_lowercase()), "{place} has {secret}: {told}");
    }
}
