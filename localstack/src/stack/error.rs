//! Why a stack does not start: one line each.

use super::data::DataError;
use crate::aws::ProxyError;
use crate::binaries::BinariesError;
use crate::bridge::BridgeError;
use crate::chaos::ChaosError;
use crate::dynamodb::DynamoDbError;
use crate::identity::IdentityError;
use crate::kinesis::KinesisError;
use crate::lambda::LambdaError;
use crate::mapping::MappingError;
use crate::otlp::OtlpError;
use crate::store::StoreError;
use crate::template::TemplateError;

/// A stack that does not start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The port is taken, or may not be used.
    #[error("port {port} cannot be used: {source}; choose another with {option}")]
    Port {
        /// The port.
        port: u16,
        /// What chooses another.
        option: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The data directory.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The template.
    #[error("template: {0}")]
    Template(#[from] TemplateError),
    /// What is to strike.
    #[error("--chaos: {0}")]
    Chaos(#[from] ChaosError),
    /// The function binaries.
    #[error(transparent)]
    Binaries(#[from] BinariesError),
    /// The stack's own database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tables.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// The streams.
    #[error(transparent)]
    Kinesis(#[from] KinesisError),
    /// The change bridge.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    /// The functions.
    #[error(transparent)]
    Lambda(#[from] LambdaError),
    /// The AWS endpoint.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The development issuer, or an authorizer.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The OTLP receiver.
    #[error(transparent)]
    Otlp(#[from] OtlpError),
    /// The event source mappings.
    #[error(transparent)]
    Mapping(#[from] MappingError),
}
