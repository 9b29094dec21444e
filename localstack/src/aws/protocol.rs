//! The protocol of a request, and errors in it.
//!
//! Each SDK reads errors in the protocol of its service only. An error in another protocol becomes an error of the SDK's
//! parser, and its message is lost. The Smithy documents of the AWS protocols describe the forms of requests and errors.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use stack_base::service_error::ServiceError;
use uuid::Uuid;

/// Maximum length of a name that a response repeats.
const MAXIMUM_NAME: usize = 200;
/// Services that use REST with XML, by the name that they are signed with.
const REST_XML: [&str; 3] = ["cloudfront", "route53", "s3-outposts"];
/// Header of Smithy's RPC protocols.
const SMITHY_PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");

/// A protocol of AWS's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// AWS JSON 1.0 and 1.1: the header `X-Amz-Target` names the operation.
    Json,
    /// Smithy RPC v2 with CBOR: the path names the operation.
    Cbor,
    /// AWS Query: a form names the operation, and responses are XML.
    Query,
    /// EC2's variant of AWS Query.
    Ec2,
    /// REST with JSON.
    RestJson,
    /// REST with XML.
    RestXml,
    /// S3's variant of REST with XML.
    S3,
}

/// The operation that a request calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// The protocol of the request.
    pub(super) protocol: Protocol,
    /// The service, by the name that the request is signed with.
    pub(super) service: String,
    /// Name of the operation. In REST, it is the method and the path.
    pub(super) operation: String,
}

impl Call {
    /// Identifies the call of a request.
    pub(super) fn identify(parts: &Parts, body: &[u8]) -> Self {
        let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let signed = text(header::AUTHORIZATION).and_then(signing_name);
        let path = parts.uri.path();
        let (protocol, service, operation) =
            if let Some(target) = text(HeaderName::from_static("x-amz-target")) {
                let (service, operation) = target.rsplit_once('.').unwrap_or(("", target));
                (Protocol::Json, signed.unwrap_or(service), operation.to_owned())
            } else if let (true, Some((service, operation))) =
                (parts.headers.contains_key(SMITHY_PROTOCOL), rpc_path(path))
            {
                (Protocol::Cbor, signed.unwrap_or(service), operation.to_owned())
            } else if let Some(action) = action(body).or_else(|| action(parts.uri.query()?.as_bytes())) {
                let protocol = if signed == Some("ec2") { Protocol::Ec2 } else { Protocol::Query };
                (protocol, signed.unwrap_or("AWS Query"), action)
            } else {
                let protocol = match signed {
                    Some("s3" | "s3express") => Protocol::S3,
                    Some(service) if REST_XML.contains(&service) => Protocol::RestXml,
                    _ => Protocol::RestJson,
                };
                (protocol, signed.unwrap_or("the request"), format!("{} {path}", parts.method))
            };
        let short = |name: &str| name.chars().take(MAXIMUM_NAME).collect();
        Self { protocol, service: short(service), operation: short(&operation) }
    }

    /// The error that the stack does not serve this call. `served` is what it serves.
    pub(super) fn refuse(&self, served: &str) -> Response {
        let message = format!(
            "{} {} is not served by the local stack. It serves {served}.",
            self.service, self.operation
        );
        self.protocol.error(&message)
    }
}

impl Protocol {
    /// An error response with the code for an unknown operation (AWS's "Common Errors", and S3's "Error responses").
    fn error(self, message: &str) -> Response {
        const UNKNOWN: &str = "UnknownOperationException";
        let request_id = Uuid::new_v4();
        match self {
            Self::Json => ServiceError::client(UNKNOWN, message).into_response(),
            Self::Cbor => (
                StatusCode::BAD_REQUEST,
                [(header::CONTENT_TYPE, "application/cbor"), (SMITHY_PROTOCOL, "rpc-v2-cbor")],
                cbor_map([("__type", UNKNOWN), ("message", message)]),
            )
                .into_response(),
            Self::RestJson => (
                StatusCode::BAD_REQUEST,
                [(HeaderName::from_static("x-amzn-errortype"), UNKNOWN)],
                axum::Json(json!({"message": message})),
            )
                .into_response(),
            Self::Query | Self::RestXml => xml(
                StatusCode::BAD_REQUEST,
                &format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>{}</Message></Error>\
                     <RequestId>{request_id}</RequestId></ErrorResponse>",
                    escaped(message)
                ),
            ),
            Self::Ec2 => xml(
                StatusCode::BAD_REQUEST,
                &format!(
                    "<Response><Errors><Error><Code>InvalidAction</Code><Message>{}</Message></Error></Errors>\
                     <RequestID>{request_id}</RequestID></Response>",
                    escaped(message)
                ),
            ),
            Self::S3 => xml(
                StatusCode::NOT_IMPLEMENTED,
                &format!(
                    "<Error><Code>NotImplemented</Code><Message>{}</Message>\
                     <RequestId>{request_id}</RequestId></Error>",
                    escaped(message)
                ),
            ),
        }
    }
}

/// A response with an XML document.
pub(super) fn xml(status: StatusCode, document: &str) -> Response {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{document}");
    (status, [(header::CONTENT_TYPE, "text/xml")], Body::from(body)).into_response()
}

/// The service in the credential scope of a signature, `Credential=<key>/<date>/<region>/<service>/aws4_request`.
fn signing_name(authorization: &str) -> Option<&str> {
    let (_, credential) = authorization.split_once("Credential=")?;
    credential.split(',').next()?.split('/').nth(3).filter(|service| !service.is_empty())
}

/// The service and the operation in the path `/service/<service>/operation/<operation>`.
fn rpc_path(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/service/")?.split_once("/operation/")
}

/// The parameter `Action` of a form.
fn action(form: &[u8]) -> Option<String> {
    form_urlencoded::parse(form).find_map(|(name, value)| (name == "Action").then(|| value.into_owned()))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A map of short texts in CBOR (RFC 8949, section 3.1).
fn cbor_map<const N: usize>(members: [(&str, &str); N]) -> Vec<u8> {
    let mut out = Vec::new();
    cbor_head(&mut out, 5, N);
    for text in members.into_iter().flat_map(|(name, value)| [name, value]) {
        cbor_head(&mut out, 3, text.len());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

/// The head of a data item: its major type, and its length in the shortest of two forms.
fn cbor_head(out: &mut Vec<u8>, major: u8, length: usize) {
    if let Ok(short @ ..24) = u8::try_from(length) {
        out.push((major << 5) | short);
    } else {
        out.push((major << 5) | 0x1a);
        out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }
}
