//! The caller of a request.

use aws_lambda_events::apigw::{ApiGatewayRequestAuthorizerJwtDescription, ApiGatewayV2httpRequestContext};

use crate::{Api, ApiError, Problem, ScopeNames};

/// The maximum length of a subject in bytes (`OpenID` Connect Core 1.0, section 2, `sub`).
const MAX_SUBJECT: usize = 255;

/// The caller of a request. A caller exists only if the JWT authorizer found a subject, so a handler that has a caller
/// never acts for an anonymous client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    subject: String,
    /// The scopes that the authorizer found in the token.
    scopes: Vec<String>,
    scope_names: ScopeNames,
    is_admin: bool,
    reads_all: bool,
}

impl Caller {
    /// Reads the caller from API Gateway's JWT authorizer. The scopes of `api` decide what the caller may do.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] if there are no claims, or no subject of 1 to 255 bytes.
    pub(crate) fn from_context(
        context: &ApiGatewayV2httpRequestContext,
        api: &Api,
    ) -> Result<Self, ApiError> {
        let jwt = jwt(context)?;
        let subject = Self::subject_in(context)?.to_owned();
        let scopes = admitted_scopes(jwt);
        let scope_names = api.scope_names.clone();
        let has = |scope: &str| scopes.iter().any(|admitted| admitted == scope_names.in_tokens(scope));
        let is_admin = has(api.admin_scope);
        let reads_all = is_admin || api.reader_scopes.iter().any(|scope| has(scope));
        Ok(Self { subject, scopes, scope_names, is_admin, reads_all })
    }

    /// The subject of the caller, without the caller's scopes.
    ///
    /// # Errors
    /// Those of [`Self::from_context`].
    pub(crate) fn subject_in(context: &ApiGatewayV2httpRequestContext) -> Result<&str, ApiError> {
        let subject = jwt(context)?.claims.get("sub");
        let subject = subject.filter(|subject| (1..=MAX_SUBJECT).contains(&subject.len()));
        Ok(subject.ok_or(Problem::Unauthenticated)?)
    }

    /// The token's subject, which is the id of a customer or an operator.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the token has the contract's `scope`.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        let name = self.scope_names.in_tokens(scope);
        self.scopes.iter().any(|admitted| admitted == name)
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
        self.is_admin || owner == self.subject
    }

    /// Whether the caller may read the records of `owner`. Customers may read their own records. Admins and callers
    /// with a reader scope may read all records, also those without an owner.
    #[must_use]
    pub fn may_see(&self, owner: Option<&str>) -> bool {
        self.reads_all || owner == Some(self.subject.as_str())
    }

    /// Resolves which owner's records the caller may list, if the request asks for the records of `owner`. A customer
    /// gets the customer's own records. A caller who may read all records gets those of `owner`, or those of all owners
    /// if `owner` is `None`.
    ///
    /// # Errors
    /// [`Problem::NotYours`] if a customer asks for the records of another owner.
    pub fn listed_owner(&self, owner: Option<String>) -> Result<Option<String>, ApiError> {
        match owner {
            Some(owner) if !self.may_see(Some(&owner)) => Err(Problem::NotYours.into()),
            None if !self.reads_all => Ok(Some(self.subject.clone())),
            owner => Ok(owner),
        }
    }
}

/// What the JWT authorizer found.
///
/// # Errors
/// [`Problem::Unauthenticated`] if no authorizer passed claims on.
fn jwt(
    context: &ApiGatewayV2httpRequestContext,
) -> Result<&ApiGatewayRequestAuthorizerJwtDescription, ApiError> {
    let jwt = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
    Ok(jwt.ok_or(Problem::Unauthenticated)?)
}

/// The scopes that count: those that the authorizer lists and the claim `scope`, or else `scp`, contains.
///
/// API Gateway passes a claim on as text. A list becomes `[a b]`, but a token may also contain the text `[a b]`. Only
/// the authorizer reads the token's JSON, so its list of scopes decides between the two: a text `[a b]` gives the
/// scopes `[a` and `b]`, and a list gives `a` and `b`.
fn admitted_scopes(jwt: &ApiGatewayRequestAuthorizerJwtDescription) -> Vec<String> {
    let claim = jwt.claims.get("scope").or_else(|| jwt.claims.get("scp")).map_or("", String::as_str);
    let list = claim.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or_default();
    let is_claimed =
        |scope: &&String| [claim, list].iter().any(|text| text.split(' ').any(|word| word == *scope));
    let listed = jwt.scopes.iter().flatten();
    listed.filter(|scope| !scope.is_empty()).filter(is_claimed).cloned().collect()
}
