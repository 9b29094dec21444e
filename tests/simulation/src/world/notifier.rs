//! Waits for a condition.

use tokio::sync::Notify;

/// Wakes waiting tasks in the sequence in which they began to wait. Tokio's `watch` is unsuitable, because it wakes
/// tasks in a random sequence.
#[derive(Debug, Default)]
pub(crate) struct Notifier(Notify);

impl Notifier {
    /// Makes all waiting tasks check their condition again.
    pub(crate) fn notify(&self) {
        self.0.notify_waiters();
    }

    /// Waits until `look` returns a value.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        loop {
            // The registration comes before the check, so no notification is lost between the check and the wait.
            let rung = self.0.notified();
            if let Some(found) = look() {
                return found;
            }
            rung.await;
        }
    }
}
