//! Who is asking.

use aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;

/// On whose behalf a request comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(Option<String>);

impl Caller {
    /// The caller that API Gateway's JWT authorizer found, where a route has one.
    pub(crate) fn of(context: &ApiGatewayV2httpRequestContext) -> Self {
        let jwt = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
        Self(jwt.and_then(|jwt| jwt.claims.get("sub")).cloned())
    }

    /// The token's subject, or `anonymous`.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.as_deref().unwrap_or("anonymous")
    }
}
