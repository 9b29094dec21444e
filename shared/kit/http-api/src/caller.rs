//! The caller of a request.

use aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;

use crate::{ApiError, Problem};

/// The maximum length of a subject in bytes (`OpenID` Connect Core 1.0, section 2, `sub`).
const MAX_SUBJECT: usize = 255;

/// The caller of a request. A caller exists only if the JWT authorizer found a subject, so a handler that has a caller
/// never acts for an anonymous client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    subject: String,
    is_admin: bool,
}

impl Caller {
    /// Reads the caller from the claims of API Gateway's JWT authorizer. The caller is an admin if the token has
    /// `admin_scope`.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] if there are no claims, or no subject of 1 to 255 bytes.
    pub(crate) fn from_context(
        context: &ApiGatewayV2httpRequestContext,
        admin_scope: &str,
    ) -> Result<Self, ApiError> {
        let jwt = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
        let claims = &jwt.ok_or(Problem::Unauthenticated)?.claims;
        let subject = claims.get("sub").filter(|subject| (1..=MAX_SUBJECT).contains(&subject.len()));
        let scopes = claims.get("scope").or_else(|| claims.get("scp")).map_or("", String::as_str);
        Ok(Self {
            subject: subject.ok_or(Problem::Unauthenticated)?.clone(),
            is_admin: listed(scopes).any(|scope| scope == admin_scope),
        })
    }

    /// The token's subject, which is the id of a customer or an operator.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the token has the API's admin scope.
    #[must_use]
    pub const fn is_admin(&self) -> bool {
        self.is_admin
    }

    /// Whether the caller may read and change the records of `owner`. Customers may access their own records, admins
    /// all.
    #[must_use]
    pub fn may_act_for(&self, owner: &str) -> bool {
        self.may_see(Some(owner))
    }

    /// Whether the caller may read the records of `owner`. Only an admin may read records without an owner, or the
    /// records of all owners.
    #[must_use]
    pub fn may_see(&self, owner: Option<&str>) -> bool {
        self.is_admin || owner == Some(self.subject.as_str())
    }

    /// Resolves which owner's records the caller may list, if the request asks for the records of `owner`. A customer
    /// gets the customer's own records. An admin gets the records of `owner`, or those of all owners if `owner` is
    /// `None`.
    ///
    /// # Errors
    /// [`Problem::NotYours`] if a customer asks for the records of another owner.
    pub fn listed_owner(&self, owner: Option<String>) -> Result<Option<String>, ApiError> {
        match owner {
            Some(owner) if !self.may_act_for(&owner) => Err(Problem::NotYours.into()),
            None if !self.is_admin => Ok(Some(self.subject.clone())),
            owner => Ok(owner),
        }
    }
}

/// The scopes in a claim. The claim is a text with spaces between the scopes, or a list, which API Gateway passes on as
/// `[a b]`.
fn listed(claim: &str) -> impl Iterator<Item = &str> {
    let list = claim.strip_prefix('[').and_then(|list| list.strip_suffix(']'));
    list.unwrap_or(claim).split_ascii_whitespace()
}
