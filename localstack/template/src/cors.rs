//! `CorsConfiguration` of `AWS::Serverless::HttpApi` (SAM specification, `HttpApiCorsConfiguration`).

use std::time::Duration;

use super::error::TemplateError;
use super::model::Cors;
use super::properties::Properties;

/// Maximum number of seconds that API Gateway accepts.
const MAX_AGE: std::ops::RangeInclusive<i64> = -1..=86_400;

/// Reads the CORS configuration of an API, if it has one.
///
/// # Errors
/// [`TemplateError::Property`] when a property is invalid.
pub(crate) fn read(api: &Properties<'_>) -> Result<Option<Cors>, TemplateError> {
    let Some(cors) = api.object("CorsConfiguration")? else { return Ok(None) };
    let known =
        ["AllowCredentials", "AllowHeaders", "AllowMethods", "AllowOrigins", "ExposeHeaders", "MaxAge"];
    cors.only(&known, &[])?;
    let origins = cors.texts("AllowOrigins")?;
    if let Some(wrong) = origins.iter().find(|origin| !is_origin(origin)) {
        return Err(cors.error("AllowOrigins", format!("{wrong:?} is not an origin")));
    }
    let allows_credentials = cors.boolean("AllowCredentials")?.unwrap_or(false);
    if allows_credentials && origins.iter().any(|origin| origin == "*") {
        return Err(cors.error("AllowCredentials", "needs origins other than *"));
    }
    let max_age = cors.integer("MaxAge", MAX_AGE)?;
    Ok(Some(Cors {
        origins,
        methods: cors.texts("AllowMethods")?,
        headers: cors.texts("AllowHeaders")?,
        exposed_headers: cors.texts("ExposeHeaders")?,
        allows_credentials,
        max_age: max_age.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs),
    }))
}

/// API Gateway accepts `*`, a scheme with `*`, and an origin without a path.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    text == "*" || host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', ',']))
}
