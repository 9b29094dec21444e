//! The republish function, which publishes events again.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use es_core::{EventReader, Segment};
use operators::LeasedAnswer;
use operators::republish::{Republish, RepublishReport, RepublishRequest};
use serde_json::json;

use super::bus::SimulatedBus;
use super::leased::{self, Lifetime};
use super::publisher::{envelope, events};
use crate::Mutation;
use crate::aws::client;
use crate::world::{REPUBLISH, World};

/// The republish function.
pub(crate) struct RepublishFunction {
    world: Arc<World>,
    client: Client,
}

impl RepublishFunction {
    pub(crate) fn deployed(world: &Arc<World>) -> Self {
        Self { world: Arc::clone(world), client: client(world, REPUBLISH) }
    }

    /// Invokes the function with `request`. If another invocation has the lease, waits for the end of the lease and
    /// invokes the function once more. `None` if the function fails, dies or is refused again; the requests that it has
    /// sent still take effect.
    pub(crate) async fn invoke(&self, request: &RepublishRequest) -> Option<RepublishReport> {
        let request = self.tampered(request).await;
        let refusal = match self.invoke_once(&request).await? {
            LeasedAnswer::Done(report) => return Some(report),
            LeasedAnswer::Refused(refusal) => refusal,
        };
        leased::wait_until(&self.world, refusal.until).await;
        match self.invoke_once(&request).await? {
            LeasedAnswer::Done(report) => Some(report),
            LeasedAnswer::Refused(_) => None,
        }
    }

    async fn invoke_once(&self, request: &RepublishRequest) -> Option<LeasedAnswer<RepublishReport>> {
        let (world, lifetime) = (&self.world, Lifetime::from_dice(&self.world, Duration::ZERO));
        let republish = Republish {
            events: events(world, &self.client),
            bus: SimulatedBus(Arc::clone(world)),
            envelope: envelope(),
        };
        let work = republish.answer(request.clone(), lifetime.deadline);
        leased::invoke(world, REPUBLISH, (&json!(request), true), lifetime, work).await
    }

    /// Lets a request that continues another one skip a page of the event table, if the planted bug does so.
    async fn tampered(&self, request: &RepublishRequest) -> RepublishRequest {
        let mut request = request.clone();
        if let RepublishRequest::Time { after, .. } | RepublishRequest::All { after, .. } = &mut request
            && after.is_some()
            && self.world.has(Mutation::ReplayPageSkipped)
        {
            let events = events(&self.world, &self.client);
            let page = events.load_all(Segment { index: 0, total: 1 }, after.as_ref(), NonZeroU16::MAX).await;
            *after = page.ok().and_then(|page| page.next).or(after.take());
        }
        request
    }
}
