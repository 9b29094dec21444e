//! The stack's stop signal: one sender, any number of tasks that listen.

use tokio::sync::watch;

/// Tells every [`Stopped`] to end, as does dropping it. The default is not given yet.
#[derive(Debug, Default)]
pub struct Stop(watch::Sender<bool>);

/// A task's view of the stop signal.
#[derive(Debug, Clone)]
pub struct Stopped(watch::Receiver<bool>);

impl Stop {
    /// A listener.
    #[must_use]
    pub fn listen(&self) -> Stopped {
        Stopped(self.0.subscribe())
    }

    /// Gives the signal.
    pub fn give(&self) {
        self.0.send_replace(true);
    }
}

impl Stopped {
    /// Returns once the signal is given.
    pub async fn wait(&mut self) {
        // An error means that the sender is gone, which is the signal as well.
        let _ = self.0.wait_for(|given| *given).await;
    }

    /// Whether the signal was given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
