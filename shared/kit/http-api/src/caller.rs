//! Who is asking.

use aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;

use crate::{Failure, Problem};

/// The most bytes of a subject (`OpenID` Connect Core 1.0, section 2, `sub`).
const MAX_SUBJECT: usize = 255;

/// On whose behalf a request comes. There is one only where the JWT authorizer found a subject, so a handler that
/// holds a caller never acts for nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    subject: String,
    is_admin: bool,
}

impl Caller {
    /// The caller in the claims that API Gateway's JWT authorizer passes on; an admin if the token has `admin_scope`.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] where there are no claims, or they name nobody: a subject has 1 to 255 bytes.
    pub(crate) fn from_context(
        context: &ApiGatewayV2httpRequestContext,
        admin_scope: &str,
    ) -> Result<Self, Failure> {
        let jwt = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
        let claims = &jwt.ok_or(Problem::Unauthenticated)?.claims;
        let subject = claims.get("sub").filter(|subject| (1..=MAX_SUBJECT).contains(&subject.len()));
        let scopes = claims.get("scope").or_else(|| claims.get("scp")).map_or("", String::as_str);
        Ok(Self {
            subject: subject.ok_or(Problem::Unauthenticated)?.clone(),
            is_admin: listed(scopes).any(|scope| scope == admin_scope),
        })
    }

    /// The token's subject: the id of a customer or an operator.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the token has the API's admin scope.
    #[must_use]
    pub const fn is_admin(&self) -> bool {
        self.is_admin
    }

    /// Whether the caller may see and change what belongs to `owner`: its own, or anybody's as an admin.
    #[must_use]
    pub fn may_act_for(&self, owner: &str) -> bool {
        self.may_see(Some(owner))
    }

    /// Whether the caller may see what belongs to `owner`. What is nobody's, or everybody's together, is an admin's.
    #[must_use]
    pub fn may_see(&self, owner: Option<&str>) -> bool {
        self.is_admin || owner == Some(self.subject.as_str())
    }

    /// Whose things to show where those of `asked` are asked for, or those of nobody in particular: a customer's own;
    /// an admin's choice, and everybody's where it is `None`.
    ///
    /// # Errors
    /// [`Problem::NotYours`] where a customer asks for another's.
    pub fn whose(&self, asked: Option<String>) -> Result<Option<String>, Failure> {
        match asked {
            Some(owner) if !self.may_act_for(&owner) => Err(Problem::NotYours.into()),
            None if !self.is_admin => Ok(Some(self.subject.clone())),
            asked => Ok(asked),
        }
    }
}

/// The scopes in a claim: text with a space between two, or a list, which API Gateway passes on as `[a b]`.
fn listed(claim: &str) -> impl Iterator<Item = &str> {
    let list = claim.strip_prefix('[').and_then(|list| list.strip_suffix(']'));
    list.unwrap_or(claim).split_ascii_whitespace()
}
