//! Sessions: the token that an instance signs its AWS calls with tells which instance calls, so that something can
//! befall just that one while its call is under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// What befalls an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Its process is killed.
    Killed,
    /// Its process stands still until its time is over.
    Stuck,
}

/// A mishap on its way to a supervisor, who says when it has happened.
pub(super) type Order = (Mishap, oneshot::Sender<()>);

/// The sessions of all instances that live.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, mpsc::Sender<Order>>>);

/// An instance's session; it is over when this is dropped.
#[derive(Debug)]
pub(super) struct Session {
    /// The token, which begins with the function's access key.
    pub(super) token: String,
    /// What is to befall the instance.
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

    /// Lets a mishap befall the instance with a session, and waits until it has happened; false when it has ended.
    pub(super) async fn befall(&self, token: &str, mishap: Mishap) -> bool {
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
