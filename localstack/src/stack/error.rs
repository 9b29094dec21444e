//! Errors of starting a stack. Each message has one line.

use stack_base::chaos::ChaosError;
use stack_base::listen::PortError;
use stack_base::store::SqliteError;
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
use crate::aws::MappingRoleError;
use crate::binaries::BinariesError;

/// Why a stack cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A port is taken or not allowed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The data directory cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The template is invalid.
    #[error("template: {0}")]
    Template(#[from] TemplateError),
    /// The role of a mapping's function may not read the stream.
    #[error("template: {0}")]
    MappingRole(#[from] MappingRoleError),
    /// The specification of the injected faults is invalid.
    #[error("--chaos: {0}")]
    Chaos(#[from] ChaosError),
    /// The function binaries cannot be built.
    #[error(transparent)]
    Binaries(#[from] BinariesError),
    /// The stack's database failed.
    #[error(transparent)]
    Store(#[from] SqliteError),
    /// `DynamoDB` failed.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// The streams failed.
    #[error(transparent)]
    Kinesis(#[from] KinesisError),
    /// The change bridge failed.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    /// The Lambda runtime cannot start.
    #[error(transparent)]
    Lambda(#[from] LambdaError),
    /// The AWS endpoint cannot start.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The development issuer or an authorizer cannot start.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The OTLP receiver cannot start.
    #[error(transparent)]
    Otlp(#[from] OtlpError),
    /// An event source mapping cannot start.
    #[error(transparent)]
    Mapping(#[from] MappingError),
}
