//! Messages deleted for good, on an operator's word.

use std::collections::BTreeSet;

use tokio::time::Instant;

use crate::redrive::{Listed, Message, MessageQueue, Queue, QueueError, Reason, Redrive, Report};

/// How many messages are taken from the queue at a time.
const PAGE: usize = 10;

/// How many messages are looked at for those that are meant: a queue finds none by its id.
const SEARCHED: usize = 10_000;

impl<R, M: MessageQueue, S, Q> Redrive<R, M, S, Q> {
    /// Deletes the messages of `queue` that `ids` name, and puts back all others that it comes upon.
    pub(crate) async fn discard(
        &self,
        queue: Queue,
        ids: &[String],
        reason: &Reason,
        deadline: Instant,
    ) -> Result<Report, QueueError> {
        let mut missing: BTreeSet<String> = ids.iter().cloned().collect();
        let (mut discarded, mut others) = (Vec::new(), Vec::new());
        let searched = self.search(queue, &mut missing, &mut others, deadline, |listed| {
            let Listed { id, projection, error, about, .. } = &listed;
            tracing::warn!(?queue, id, projection, error, %about, reason = reason.as_str(), "discarding a message");
            discarded.push(listed);
        });
        let searched = searched.await;
        for message in &others {
            self.queue(queue).put_back(message).await?;
        }
        searched?;
        let missing = missing.into_iter().collect();
        Ok(Report::Discard { queue, reason: reason.clone(), discarded, missing })
    }

    /// Deletes what is `wanted`, once it is `told`; the `others` are hidden then.
    async fn search(
        &self,
        queue: Queue,
        wanted: &mut BTreeSet<String>,
        others: &mut Vec<Message>,
        deadline: Instant,
        mut told: impl FnMut(Listed),
    ) -> Result<(), QueueError> {
        while !wanted.is_empty() && others.len() < SEARCHED && Instant::now() < deadline {
            let page = self.queue(queue).receive(PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            for message in page {
                if wanted.remove(&message.id) {
                    told(Listed::of(queue, &message, &self.functions));
                    self.queue(queue).delete(&message).await?;
                } else {
                    // Without its body: all of them have to fit into the function's memory.
                    others.push(Message { body: String::new(), ..message });
                }
            }
        }
        Ok(())
    }
}
