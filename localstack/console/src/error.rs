//! Why the console cannot show something.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use stack_kinesis::KinesisError;

/// Something cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// There is no such thing, or no longer.
    #[error("there is no {0}")]
    NotFound(String),
    /// A table cannot be read.
    #[error("a table cannot be read: {0}")]
    Table(#[from] dynoxide::DynoxideError),
    /// The stream of changes cannot be read.
    #[error("the changes cannot be read: {0}")]
    Changes(#[from] KinesisError),
    /// The stack is stopping.
    #[error("the stack is stopping")]
    Stopping,
}

impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Table(_) | Self::Changes(_) | Self::Stopping => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(json!({ "message": self.to_string() }))).into_response()
    }
}
