//! Injects faults into the functions' writes: a write is refused, or it is carried out but the function does not get
//! the response.
//!
//! The session token of a call identifies the function. Calls of developers are never affected. If the specification
//! names functions or tables, the calls of other functions and the writes to other tables are not affected either.
//! Reads are not affected, because a failed read is simply retried.

use std::collections::BTreeSet;
use std::io;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::response::Response;
use stack_base::account::name_of_arn;
use stack_base::chaos::{Chaos, ChaosError, Fault};
use stack_base::service_error::ServiceError;
use stack_lambda::{InstanceFault, Lambda, access_key};

use super::needs::Need;

/// Header with the session token of a call.
const SESSION: &str = "x-amz-security-token";

/// The moment of killing a function, relative to its write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KillMoment {
    Before,
    During,
    After,
}

/// The fault for one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteFault {
    NoFault,
    Throttled,
    Killed(KillMoment),
    Stuck,
    AnsweredLate,
    Unanswered,
}

/// Injects faults into the functions' writes.
#[derive(Debug, Clone)]
pub(crate) struct WriteFaults {
    chaos: Chaos,
    lambda: Lambda,
    /// Access keys of the affected functions; `None` means all functions.
    only: Option<BTreeSet<String>>,
    /// Names of the affected tables; empty means all tables.
    tables: BTreeSet<String>,
}

impl WriteFaults {
    /// Creates the faults of `chaos` for writes of `functions`, given by name and binary, which run on `lambda`.
    ///
    /// # Errors
    /// [`ChaosError::Function`] when the specification names a function that is not in `functions`.
    pub(crate) fn new(
        chaos: Chaos,
        lambda: Lambda,
        functions: &[(String, String)],
    ) -> Result<Self, ChaosError> {
        let key = |name: &String| {
            let found = functions.iter().find(|(_, binary)| binary == name);
            found.map(|(name, _)| access_key(name)).ok_or_else(|| ChaosError::Function {
                name: name.clone(),
                known: functions.iter().map(|(_, binary)| binary.clone()).collect(),
            })
        };
        let spec = chaos.spec();
        let keys: BTreeSet<String> = spec.only().iter().map(key).collect::<Result<_, _>>()?;
        Ok(Self { chaos, lambda, only: (!keys.is_empty()).then_some(keys), tables: spec.tables().clone() })
    }

    /// Carries out a write, unless a fault prevents it, and returns the response, unless a fault suppresses it.
    ///
    /// # Errors
    /// The service's error, or the error of the injected fault.
    pub(crate) async fn carry_out(
        &self,
        headers: &HeaderMap,
        write: impl Future<Output = Result<Response, ServiceError>>,
    ) -> Result<Response, ServiceError> {
        match session(headers).filter(|session| !self.is_spared(session)) {
            Some(session) => self.apply(self.choose_fault(), session, write).await,
            None => write.await,
        }
    }

    /// True for a caller without faults: a developer, or a function that the specification does not name.
    pub(super) fn spares(&self, headers: &HeaderMap) -> bool {
        session(headers).is_none_or(|session| self.is_spared(session))
    }

    /// Whether the faults affect writes to the tables in `needs`.
    pub(super) fn affects(&self, needs: &[Need]) -> bool {
        let is_named = |need: &Need| self.tables.contains(name_of_arn(&need.resource));
        !self.chaos.is_calm() && (self.tables.is_empty() || needs.iter().any(is_named))
    }

    /// True if the session belongs to a function without faults. A session token starts with the function's access key.
    fn is_spared(&self, session: &str) -> bool {
        let key = session.split_once('-').map_or(session, |(key, _)| key);
        self.only.as_ref().is_some_and(|only| !only.contains(key))
    }

    /// Applies a fault to a write, or to the instance that makes it. The session identifies the instance.
    pub(super) async fn apply(
        &self,
        fault: WriteFault,
        session: &str,
        write: impl Future<Output = Result<Response, ServiceError>>,
    ) -> Result<Response, ServiceError> {
        match fault {
            WriteFault::NoFault => write.await,
            WriteFault::Throttled => Err(throttled()),
            WriteFault::Killed(moment) => self.around_death(moment, session, write).await,
            WriteFault::Stuck => {
                let answer = write.await;
                self.lambda.inject(session, InstanceFault::Stuck).await;
                answer
            }
            WriteFault::AnsweredLate => {
                let answer = write.await;
                tokio::time::sleep(self.chaos.delay()).await;
                answer
            }
            WriteFault::Unanswered => write.await.map(|_| broken()),
        }
    }

    fn choose_fault(&self) -> WriteFault {
        let strikes = |fault| self.chaos.injects(fault);
        if strikes(Fault::Throttle) {
            WriteFault::Throttled
        } else if strikes(Fault::Kill) {
            WriteFault::Killed(self.chaos.choose([KillMoment::Before, KillMoment::During, KillMoment::After]))
        } else if strikes(Fault::Timeout) {
            WriteFault::Stuck
        } else if strikes(Fault::LateAnswer) {
            WriteFault::AnsweredLate
        } else if strikes(Fault::LostAnswer) {
            WriteFault::Unanswered
        } else {
            WriteFault::NoFault
        }
    }

    /// Kills the function before, during or after its write. The function does not get the response.
    async fn around_death(
        &self,
        moment: KillMoment,
        session: &str,
        write: impl Future<Output = Result<Response, ServiceError>>,
    ) -> Result<Response, ServiceError> {
        let death = self.lambda.inject(session, InstanceFault::Killed);
        match moment {
            KillMoment::Before => {
                death.await;
                Err(ServiceError::server("the function was killed before its write"))
            }
            // The connection breaks when the function is killed, which drops this future at an arbitrary point of the
            // write.
            KillMoment::During => tokio::join!(write, death).0,
            KillMoment::After => {
                let answer = write.await;
                death.await;
                answer
            }
        }
    }
}

/// The session token of a call; `None` if a developer calls.
fn session(headers: &HeaderMap) -> Option<&str> {
    headers.get(SESSION)?.to_str().ok()
}

/// `DynamoDB`'s error for a write above a table's throughput (its guide, "Error handling with `DynamoDB`").
fn throttled() -> ServiceError {
    ServiceError::client(
        "com.amazonaws.dynamodb.v20120810#ThrottlingException",
        "Throughput exceeds the current capacity of your table or index. Please retry.",
    )
}

/// A response that breaks off, so the client does not learn the result.
fn broken() -> Response {
    let end: Result<Bytes, io::Error> = Err(io::ErrorKind::ConnectionReset.into());
    Response::new(Body::from_stream(futures::stream::iter([end])))
}

#[cfg(test)]
mod tests;
