//! Waiting for something to become so.

use tokio::sync::Notify;

/// Wakes up those who wait, in the order in which they came: tokio's `watch` wakes them in an order of its own chance.
#[derive(Debug, Default)]
pub(crate) struct Bell(Notify);

impl Bell {
    /// Has everybody who waits look again.
    pub(crate) fn ring(&self) {
        self.0.notify_waiters();
    }

    /// Waits for `look` to find something.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        loop {
            // It counts from here on, so that nothing is missed between the look and the wait.
            let rung = self.0.notified();
            if let Some(found) = look() {
                return found;
            }
            rung.await;
        }
    }
}
