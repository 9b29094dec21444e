//! The frame around every invocation: the outermost layer of the runtime.

use std::pin::Pin;
use std::task::{Context, Poll};

use lambda_runtime::tower::{Layer, Service};
use lambda_runtime::{Error, LambdaInvocation};

use crate::export::{Exporter, Losses};
use crate::invocation::{Invocation, Unreported};

/// Puts [`Invocations`] around a service.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) exporter: Option<&'a Exporter>,
}

impl<'a, S> Layer<S> for Frame<'a> {
    type Service = Invocations<'a, S>;

    fn layer(&self, inner: S) -> Invocations<'a, S> {
        Invocations { inner, exporter: self.exporter, cold_start: true }
    }
}

/// Notes what an invocation is before the service gets it. What is inside ends when the answer is posted, so that
/// here the invocation's spans leave: Lambda has the answer, and freezes nothing before the next event is asked for.
#[derive(Debug)]
pub(crate) struct Invocations<'a, S> {
    inner: S,
    exporter: Option<&'a Exporter>,
    cold_start: bool,
}

impl<'a, S> Service<LambdaInvocation> for Invocations<'a, S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
    S::Future: 'a,
{
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, event: LambdaInvocation) -> Self::Future {
        let losses = self.exporter.map_or_else(Losses::default, Exporter::take_losses);
        let unreported = Unreported { cold_start: std::mem::take(&mut self.cold_start), losses };
        let invocation = Invocation::new(&event.context, unreported);
        let work = invocation.around(self.inner.call(event));
        let exporter = self.exporter;
        Box::pin(async move {
            let result = work.await;
            if let Some(exporter) = exporter {
                exporter.flush().await;
            }
            result
        })
    }
}
