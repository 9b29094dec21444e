//! The expected state of an order during the demo.

use std::io::Write;
use std::time::Instant;

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::difference::DemoError;
use super::session::{DemoRequest, Response, Session, milliseconds};

/// An order, and the values that its view should have.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) id: String,
    version: u64,
    /// The expected members of the view, without the id and the version.
    expected: Map<String, Value>,
    changed: Instant,
    /// The entity tag of the view that was read last; empty before the first read.
    view_tag: String,
}

impl Order {
    /// Creates an order under the idempotency key `key`.
    pub(super) async fn create<W: Write>(
        session: &mut Session<'_, W>,
        body: &Value,
        key: &str,
    ) -> Result<Self, DemoError> {
        let answer = session.send(Self::creation(body, key), 201).await?;
        let id = answer.body["order_id"].as_str().unwrap_or_default().to_owned();
        answer.has_header("location", &format!("/queries/orders/{id}"))?;
        let order =
            Self { id, version: 1, expected: opened(body), changed: answer.at, view_tag: String::new() };
        order.check_command(&answer)?;
        Ok(order)
    }

    /// The call that creates an order.
    pub(super) fn creation<'c>(body: &'c Value, key: &str) -> DemoRequest<'c> {
        let headers = vec![("idempotency-key", key.to_owned())];
        DemoRequest { method: Method::POST, path: "/commands/orders".to_owned(), body: Some(body), headers }
    }

    /// Sends `command`. Expects that the order's status is `status` afterwards and that its view has `members`.
    pub(super) async fn change<W: Write>(
        &mut self,
        session: &mut Session<'_, W>,
        command: &str,
        body: Option<&Value>,
        status: &str,
        members: &[(&str, &Value)],
    ) -> Result<(), DemoError> {
        let answer = session.send(self.command(command, body), 200).await?;
        self.version += 1;
        self.changed = answer.at;
        self.expected.insert("status".to_owned(), status.into());
        self.expected.extend(members.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())));
        self.check_command(&answer)
    }

    /// A command on the order, with the order's current version in `If-Match`.
    pub(super) fn command<'c>(&self, command: &str, body: Option<&'c Value>) -> DemoRequest<'c> {
        let path = format!("/commands/orders/{}/{command}", self.id);
        let headers = vec![("if-match", format!("\"{}\"", self.version))];
        DemoRequest { method: Method::POST, path, body, headers }
    }

    /// Waits until the view has the order's version, shows the duration, and checks all members of the view.
    pub(super) async fn check_view<W: Write>(
        &mut self,
        session: &mut Session<'_, W>,
    ) -> Result<(), DemoError> {
        let path = format!("/queries/orders/{}?min_version={}", self.id, self.version);
        let headers = vec![("prefer", "wait=3".to_owned())];
        let answer = session.send(DemoRequest { headers, ..DemoRequest::get(path) }, 200).await?;
        let lag = milliseconds(answer.at - self.changed);
        session.show(&format!("    event → view: {lag}"))?;
        answer.header("etag").clone_into(&mut self.view_tag);
        if !self.view_tag.starts_with(&format!("\"{}.", self.version)) {
            answer.differs("header etag", &self.version, &self.view_tag)?;
        }
        self.check_members(answer)
    }

    /// Requests the view with its tag in `If-None-Match`, and expects 304.
    pub(super) async fn check_unchanged<W: Write>(
        &self,
        session: &mut Session<'_, W>,
    ) -> Result<(), DemoError> {
        let headers = vec![("if-none-match", self.view_tag.clone())];
        let call = DemoRequest { headers, ..DemoRequest::get(format!("/queries/orders/{}", self.id)) };
        session.send(call, 304).await.map(|_| ())
    }

    /// Checks that the order is the first of a list, which is sorted from newest to oldest, and that its view is
    /// complete.
    pub(super) async fn check_first<W: Write>(
        &self,
        session: &mut Session<'_, W>,
        query: &str,
    ) -> Result<(), DemoError> {
        let mut answer = session.send(DemoRequest::get(format!("/queries/orders?{query}")), 200).await?;
        answer.body = answer.body["items"].get(0).cloned().unwrap_or_default();
        self.check_members(answer)
    }

    /// Checks the members of the view. Ignores the names of the products, which come from the catalog and not from the
    /// request.
    fn check_members(&self, mut answer: Response) -> Result<(), DemoError> {
        for item in answer.body["items"].as_array_mut().into_iter().flatten() {
            item.as_object_mut().map(|item| item.remove("name"));
        }
        answer.has("order_id", &json!(self.id))?;
        answer.has("version", &json!(self.version))?;
        self.expected.iter().try_for_each(|(member, value)| answer.has(member, value))
    }

    /// Checks that a command's response has the order's id, version and status, and the version as `ETag`.
    fn check_command(&self, answer: &Response) -> Result<(), DemoError> {
        answer.has_header("etag", &format!("\"{}\"", self.version))?;
        let status = self.expected.get("status").unwrap_or(&Value::Null);
        let expected = json!({"order_id": self.id, "version": self.version, "status": status});
        if answer.body == expected { Ok(()) } else { answer.differs("body", &expected, &answer.body) }
    }
}

/// The expected members of the view right after the order was created with `body`.
fn opened(body: &Value) -> Map<String, Value> {
    let items = body["items"].as_array().cloned().unwrap_or_default();
    let price = |item: &Value| {
        let number = |member: &str| item[member].as_i64().unwrap_or_default();
        number("quantity") * number("unit_price_cents")
    };
    let mut expected = Map::new();
    expected.insert("status".to_owned(), json!("pending"));
    expected.insert("user_id".to_owned(), body["user_id"].clone());
    expected.insert("total_amount_cents".to_owned(), json!(items.iter().map(price).sum::<i64>()));
    expected.insert("items".to_owned(), Value::Array(items));
    if let Some(currency) = body.get("currency") {
        expected.insert("currency".to_owned(), currency.clone());
    }
    expected
}
