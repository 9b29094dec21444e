//! The stack's stop signal: one sender, any number of tasks that listen.

use tokio::sync::watch;

/// Tells every [`Stopped`] to end; dropping it does so too.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

/// A task's view of the stop signal.
#[derive(Debug, Clone)]
pub(crate) struct Stopped(watch::Receiver<bool>);

impl Stop {
    /// A signal not yet given.
    pub(crate) fn new() -> Self {
        Self(watch::channel(false).0)
    }

    /// A listener.
    pub(crate) fn listen(&self) -> Stopped {
        Stopped(self.0.subscribe())
    }

    /// Gives the signal.
    pub(crate) fn give(&self) {
        self.0.send_replace(true);
    }
}

impl Stopped {
    /// Returns once the signal is given.
    pub(crate) async fn wait(&mut self) {
        // An error means that the sender is gone, which is the signal as well.
        let _ = self.0.wait_for(|given| *given).await;
    }

    /// Whether the signal was given.
    pub(crate) fn is_given(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
