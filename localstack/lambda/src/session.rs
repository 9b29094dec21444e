//! Sessions identify instances: each instance signs its AWS calls with its own session token. A fault can therefore be
//! injected into the instance whose call is in progress.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// A fault to inject into an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceFault {
    /// The process is killed.
    Killed,
    /// The process is stopped until its timeout.
    Stuck,
}

/// A fault for a supervisor, with a channel on which the supervisor confirms it.
pub(super) type FaultInjection = (InstanceFault, oneshot::Sender<()>);

/// The sessions of all running instances.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, mpsc::Sender<FaultInjection>>>);

/// An instance's session. Dropping it ends the session.
#[derive(Debug)]
pub(super) struct Session {
    /// The token. It starts with the function's access key.
    pub(super) token: String,
    /// The faults to inject into the instance.
    pub(super) injections: mpsc::Receiver<FaultInjection>,
    sessions: Arc<Sessions>,
}

impl Sessions {
    /// Opens a session for an instance that signs with `access_key`.
    pub(super) fn open(self: &Arc<Self>, access_key: &str) -> Session {
        let token = format!("{access_key}-{}", Uuid::new_v4().simple());
        let (sender, injections) = mpsc::channel(1);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), sender);
        Session { token, injections, sessions: Arc::clone(self) }
    }

    /// Injects a fault into the instance of a session, and waits until it has happened. Returns false if the instance
    /// has ended.
    pub(super) async fn inject(&self, token: &str, fault: InstanceFault) -> bool {
        let supervisor = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned();
        let Some(supervisor) = supervisor else { return false };
        let (happened, wait) = oneshot::channel();
        supervisor.send((fault, happened)).await.is_ok() && wait.await.is_ok()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.sessions.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.token);
    }
}
