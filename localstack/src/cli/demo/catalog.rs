//! The products that the demo's orders are for.

use std::io::Write;
use std::path::Path;

use reqwest::Method;
use serde_json::json;

use super::difference::DemoError;
use super::samples;
use super::session::{Call, Session};

/// Who runs the shop.
pub(super) const OPERATOR: &str = "operator-0001";

const FUNCTION: &str = "register-product";

/// Registers every sample product. The keys make that safe to repeat on a stack that keeps its data.
///
/// # Errors
/// [`DemoError`] at the first answer that is not what it should be.
pub(super) async fn register<W: Write>(session: &mut Session<'_, W>, events: &Path) -> Result<(), DemoError> {
    session.show("Products to order")?;
    session.sign_in(OPERATOR, "orders:admin")?;
    for name in samples::names(events, FUNCTION)? {
        let path = samples::path(events, FUNCTION, &name)?;
        let body = samples::body(events, FUNCTION, &name)?;
        let headers = vec![("idempotency-key", format!("demo-{name}"))];
        let call = Call { method: Method::PUT, path, body: body.as_ref(), headers };
        let answer = session.send(call, 201).await?;
        answer.has("status", &json!("active"))?;
    }
    Ok(())
}
