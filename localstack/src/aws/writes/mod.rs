//! The functions' writes, some of which are refused, or carried out by a function that does not live to hear of it.
//!
//! Only functions meet faults, by the session token of their calls; a developer's call is spared, and where the
//! specification names functions, every other function's. Reads are, too: a read that fails is only tried again.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::response::Response;
use stack_base::chaos::{Chaos, ChaosError, Fault};
use stack_base::service_error::ServiceError;
use stack_lambda::{InstanceFault, Lambda, access_key};

/// Header with the session token of a signed call.
const SESSION: &str = "x-amz-security-token";
/// How late a late answer is: beyond the 3 s that the functions' clients give one attempt.
const LATE: Duration = Duration::from_secs(4);

/// When a function is killed: the moments around its write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Before,
    During,
    After,
}

/// The fault that is injected into a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteFault {
    Spared,
    Throttled,
    Killed(Moment),
    Stuck,
    AnsweredLate,
    Unanswered,
}

/// Injects faults into the functions' writes.
#[derive(Debug, Clone)]
pub(crate) struct Writes {
    chaos: Chaos,
    lambda: Lambda,
    /// The access keys of the functions that are struck; `None` where all are.
    only: Option<BTreeSet<String>>,
}

impl Writes {
    /// Faults of `chaos` on the writes of `functions`, which `lambda` runs: the name and the binary of each.
    ///
    /// # Errors
    /// [`ChaosError::Function`] where the specification names one that is not among `functions`.
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
        let keys: BTreeSet<String> = chaos.spec().only().iter().map(key).collect::<Result<_, _>>()?;
        Ok(Self { chaos, lambda, only: (!keys.is_empty()).then_some(keys) })
    }

    /// Carries out a write, or does not, and answers it, or does not.
    ///
    /// # Errors
    /// The service's, and the fault that strikes.
    pub(crate) async fn carry_out(
        &self,
        headers: &HeaderMap,
        write: impl Future<Output = Result<Response, ServiceError>>,
    ) -> Result<Response, ServiceError> {
        let Some(session) = headers.get(SESSION).and_then(|session| session.to_str().ok()) else {
            return write.await;
        };
        if self.is_spared(session) {
            return write.await;
        }
        self.apply(self.choose_fault(), session, write).await
    }

    /// Whether the function whose session this is meets no faults; a session's token begins with its access key.
    fn is_spared(&self, session: &str) -> bool {
        let key = session.split_once('-').map_or(session, |(key, _)| key);
        self.only.as_ref().is_some_and(|only| !only.contains(key))
    }

    /// Applies a fault to a write, or to the instance that makes it, which is named by its session.
    pub(super) async fn apply(
        &self,
        fault: WriteFault,
        session: &str,
        write: impl Future<Output = Result<Response, ServiceError>>,
    ) -> Result<Response, ServiceError> {
        match fault {
            WriteFault::Spared => write.await,
            WriteFault::Throttled => Err(throttled()),
            WriteFault::Killed(moment) => self.around_death(moment, session, write).await,
            WriteFault::Stuck => {
                let answer = write.await;
                self.lambda.inject(session, InstanceFault::Stuck).await;
                answer
            }
            WriteFault::AnsweredLate => {
                let answer = write.await;
                tokio::time::sleep(LATE).await;
                answer
            }
            WriteFault::Unanswered => write.await.map(|_| broken()),
        }
    }

    fn choose_fault(&self) -> WriteFault {
        let strikes = |fault| self.chaos.strikes(fault);
        if strikes(Fault::Throttle) {
            WriteFault::Throttled
        } else if strikes(Fault::Kill) {
            WriteFault::Killed(self.chaos.choose([Moment::Before, Moment::During, Moment::After]))
        } else if strikes(Fault::Timeout) {
            WriteFault::Stuck
        } else if strikes(Fault::LateAnswer) {
            WriteFault::AnsweredLate
        } else if strikes(Fault::LostAnswer) {
            WriteFault::Unanswered
        } else {
            WriteFault::Spared
        }
    }

    /// The function dies before, during or after its write, and never hears of it.
    async fn around_death(
        &self,
        moment: Moment,
        session: &str,
        write: impl Future<Output = Result<Response, ServiceError>>,
    ) -> Result<Response, ServiceError> {
        let death = self.lambda.inject(session, InstanceFault::Killed);
        match moment {
            Moment::Before => {
                death.await;
                Err(ServiceError::server("the function was killed before its write"))
            }
            // The connection ends with the function, and this with the connection, wherever the write is then.
            Moment::During => tokio::join!(write, death).0,
            Moment::After => {
                let answer = write.await;
                death.await;
                answer
            }
        }
    }
}

/// `DynamoDB`'s refusal of a write above a table's throughput (its guide, "Error handling with `DynamoDB`").
fn throttled() -> ServiceError {
    ServiceError::client(
        "com.amazonaws.dynamodb.v20120810#ThrottlingException",
        "Throughput exceeds the current capacity of your table or index. Please retry.",
    )
}

/// An answer that breaks off: its client knows no more than without one.
fn broken() -> Response {
    let end: Result<Bytes, io::Error> = Err(io::ErrorKind::ConnectionReset.into());
    Response::new(Body::from_stream(futures::stream::iter([end])))
}

#[cfg(test)]
mod tests;
