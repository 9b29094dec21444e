//! The id of a product.

use std::fmt;
use std::str::FromStr;

use es_core::{Category, StreamId};
use uuid::{Uuid, uuid};

use crate::{Text, TextError};

/// The category of product streams.
pub(super) const CATEGORY: Category = Category::new("product");
/// The namespace of the UUIDs of product streams: a random UUID that must never change.
const NAMESPACE: Uuid = uuid!("b1f4e6d2-93a7-4c1b-8d5e-0a7c3e9f2d64");

/// The id that the shop gave a product: 1 to 128 characters without `/`, `?`, `#` and `\`, but not `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProductId(Text<128>);

impl ProductId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The stream of the product. Its UUID is the `UUIDv5` of the id (RFC 9562, section 5.5), so the same id always has
    /// the same stream.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        StreamId::new(CATEGORY, Uuid::new_v5(&NAMESPACE, self.as_str().as_bytes()))
    }
}

impl TryFrom<String> for ProductId {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // A product's id is a segment of its URL. Clients remove the segments `.` and `..` before they send a request,
        // in any percent-encoded form too (WHATWG URL Standard, "single-dot URL path segment").
        match text.to_ascii_lowercase().replace("%2e", ".").as_str() {
            "." | ".." => Err(TextError::DotSegment),
            // API Gateway decodes the path once, so an encoded delimiter would end the segment (RFC 3986, section 3.3).
            id if id.contains(['/', '?', '#', '\\']) => Err(TextError::UrlDelimiter),
            _ => text.try_into().map(Self),
        }
    }
}

impl FromStr for ProductId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<ProductId> for String {
    fn from(id: ProductId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
