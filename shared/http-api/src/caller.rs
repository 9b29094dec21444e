//! Who is asking.

use aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;

/// The scope of those who may see and do everything.
const ADMIN: &str = "orders:admin";

/// On whose behalf a request comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    subject: Option<String>,
    is_admin: bool,
}

impl Caller {
    /// The caller that API Gateway's JWT authorizer found, where a route has one.
    pub(crate) fn of(context: &ApiGatewayV2httpRequestContext) -> Self {
        let jwt = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
        let claim = |name: &str| jwt.and_then(|jwt| jwt.claims.get(name)).cloned();
        let scopes = claim("scope").or_else(|| claim("scp")).unwrap_or_default();
        // A list reaches a function as one text: `[orders:read orders:admin]`.
        let is_admin = scopes.split([' ', '[', ']']).any(|scope| scope == ADMIN);
        Self { subject: claim("sub"), is_admin }
    }

    /// The token's subject, or `anonymous`.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.subject.as_deref().unwrap_or("anonymous")
    }

    /// Whether the token has the scope `orders:admin`.
    #[must_use]
    pub const fn is_admin(&self) -> bool {
        self.is_admin
    }

    /// Whether it may see what belongs to `owner`: its own, or anything for an admin. On a route without an authorizer
    /// there is nobody to keep anything from.
    #[must_use]
    pub fn may_see(&self, owner: Option<&str>) -> bool {
        self.is_admin || self.subject.is_none() || self.subject.as_deref() == owner
    }
}
