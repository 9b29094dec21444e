//! `AWS::ApiGatewayV2::DomainName` and `AWS::ApiGatewayV2::ApiMapping`: the API's domains besides its own address.

use super::error::TemplateError;
use super::properties::Properties;

/// Refuses a domain with settings that the stack does not support, such as client certificates.
///
/// # Errors
/// [`TemplateError::Property`] when a property is missing or not supported.
pub(crate) fn check(domain: &Properties<'_>) -> Result<(), TemplateError> {
    domain.only(&["DomainName"], &["DomainNameConfigurations", "Tags"])?;
    domain.required_text("DomainName").map(drop)
}

/// The domain that a mapping gives to the API. There is one API, and it has one stage. A mapping to a path below the
/// domain is not supported.
///
/// # Errors
/// [`TemplateError::Property`] when a property is missing or not supported.
pub(crate) fn mapped(mapping: &Properties<'_>) -> Result<String, TemplateError> {
    mapping.only(&["DomainName"], &["ApiId", "Stage"])?;
    mapping.required_text("DomainName")
}
