//! Why a stack does not start: one line each.

use stack_base::chaos::ChaosError;
use stack_base::listen::PortError;
use stack_base::store::StoreError;
use stack_dynamodb::DynamoDbError;
use stack_dynamodb::bridge::BridgeError;
use stack_dynamodb::proxy::ProxyError;
use stack_gateway::identity::IdentityError;
use stack_kinesis::KinesisError;
use stack_lambda::LambdaError;
use stack_mapping::MappingError;
use stack_telemetry::otlp::OtlpError;
use stack_template::TemplateError;

use super::data::DataError;
use crate::binaries::BinariesError;

/// A stack that does not start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A port is taken, or may not be used.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The data directory.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The template.
    #[error("template: {0}")]
    Template(#[from] TemplateError),
    /// The specification of the faults.
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
