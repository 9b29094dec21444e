//! The stack's stop signal: one sender, any number of tasks that listen.

use tokio::sync::watch;

/// Sends the stop signal to every [`Stopped`]. Dropping it sends the signal too.
#[derive(Debug, Default)]
pub struct Stop(watch::Sender<bool>);

/// A task's view of the stop signal.
#[derive(Debug, Clone)]
pub struct Stopped(watch::Receiver<bool>);

impl Stop {
    /// Creates a listener.
    #[must_use]
    pub fn listen(&self) -> Stopped {
        Stopped(self.0.subscribe())
    }

    /// Sends the signal.
    pub fn send(&self) {
        self.0.send_replace(true);
    }
}

impl Stopped {
    /// Returns once the signal was sent.
    pub async fn wait(&mut self) {
        // An error means that the sender was dropped, which also counts as the signal.
        let _ = self.0.wait_for(|given| *given).await;
    }

    /// True once the signal was sent.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
