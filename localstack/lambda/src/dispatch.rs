//! The way of an invocation to an instance of its function.

use std::sync::{Arc, PoisonError};

use super::error::InvokeError;
use super::function::{Function, SupervisorHandles};
use super::instance;
use super::job::{Completed, InvocationRequest};
use super::pool::InstanceSlot;

/// Assigns a request to an instance and waits for the result.
///
/// An idle instance may end just when it is given a request. The request has not started in that case, and is assigned
/// once more, to a new instance.
pub(super) async fn dispatch(
    function: Arc<Function>,
    request: InvocationRequest,
) -> Result<Completed, InvokeError> {
    let result = run(&function, request).await;
    function.counters.note(&result);
    result
}

async fn run(function: &Arc<Function>, request: InvocationRequest) -> Result<Completed, InvokeError> {
    for fresh in [false, true] {
        let running = function.shared.running.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let SupervisorHandles { stop, alive } = running.ok_or(InvokeError::ShuttingDown)?;
        let slot = function.pool.slot(fresh).await.ok_or_else(|| InvokeError::TooManyRequests {
            function: function.spec.name.clone(),
            limit: function.spec.max_instances,
        })?;
        let (job, answer) = request.for_instance(matches!(slot, InstanceSlot::Cold(_)));
        match slot {
            InstanceSlot::Warm(instance) => drop(instance.send(job)),
            InstanceSlot::Cold(permit) => {
                let supervisor = instance::run(Arc::clone(function), stop, permit, job);
                tokio::spawn(async move {
                    supervisor.await;
                    drop(alive);
                });
            }
        }
        if let Ok(completed) = answer.await {
            return Ok(completed);
        }
    }
    Err(InvokeError::ShuttingDown)
}
