//! Sessions: the token that an instance signs its AWS calls with tells which instance calls, so that a fault
//! can be injected into that instance while its call is under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// A fault that is injected into an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceFault {
    /// Its process is killed.
    Killed,
    /// Its process stands still until its time is over.
    Stuck,
}

/// A fault on its way to a supervisor, which tells when it has happened.
pub(super) type Order = (InstanceFault, oneshot::Sender<()>);

/// The sessions of all instances that live.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, mpsc::Sender<Order>>>);

/// An instance's session; it is over when this is dropped.
#[derive(Debug)]
pub(super) struct Session {
    /// The token, which begins with the function's access key.
    pub(super) token: String,
    /// The faults to inject into the instance.
    pub(super) orders: mpsc::Receiver<Order>,
    sessions: Arc<Sessions>,
}

impl Sessions {
    /// Opens a session of an instance that signs with `access_key`.
    pub(super) fn open(self: &Arc<Self>, access_key: &str) -> Session {
        let token = format!("{access_key}-{}", Uuid::new_v4().simple());
        let (sender, orders) = mpsc::channel(1);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), sender);
        Session { token, orders, sessions: Arc::clone(self) }
    }

    /// Injects a fault into the instance with a session, and waits until it has happened; false when the instance has ended.
    pub(super) async fn inject(&self, token: &str, mishap: InstanceFault) -> bool {
        let supervisor = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned();
        let Some(supervisor) = supervisor else { return false };
        let (happened, wait) = oneshot::channel();
        supervisor.send((mishap, happened)).await.is_ok() && wait.await.is_ok()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.sessions.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.token);
    }
}
