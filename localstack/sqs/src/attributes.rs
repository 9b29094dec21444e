//! Digests in SQS's responses, which let a sender check that the message arrived unchanged.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::message::SqsError;

/// One message attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MessageAttribute {
    data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
}

/// MD5 of a message body, in hexadecimal.
pub(super) fn digest_of_body(body: &str) -> String {
    format!("{:x}", md5::compute(body))
}

/// MD5 of message attributes, as the SQS guide defines it in "Calculating the MD5 message digest for message
/// attributes": sorted by name, each part preceded by its length, with a 1 before text and a 2 before bytes.
pub(super) fn digest_of_attributes(
    attributes: &BTreeMap<String, MessageAttribute>,
) -> Result<Option<String>, SqsError> {
    if attributes.is_empty() {
        return Ok(None);
    }
    let mut encoded = Vec::new();
    for (name, attribute) in attributes {
        put(&mut encoded, name.as_bytes());
        put(&mut encoded, attribute.data_type.as_bytes());
        match (&attribute.string_value, &attribute.binary_value) {
            (Some(text), None) => {
                encoded.push(1);
                put(&mut encoded, text.as_bytes());
            }
            (None, Some(base64)) => {
                let bytes = STANDARD.decode(base64).map_err(|_| invalid(name))?;
                encoded.push(2);
                put(&mut encoded, &bytes);
            }
            _ => return Err(invalid(name)),
        }
    }
    Ok(Some(format!("{:x}", md5::compute(encoded))))
}

fn put(encoded: &mut Vec<u8>, part: &[u8]) {
    encoded.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    encoded.extend(part);
}

fn invalid(name: &str) -> SqsError {
    SqsError::Invalid(format!(
        "The message attribute {name:?} must have exactly one StringValue or BinaryValue."
    ))
}
