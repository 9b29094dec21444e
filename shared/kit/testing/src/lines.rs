//! The log lines of a test.

use std::cell::RefCell;
use std::future::Future;
use std::sync::LazyLock;

use lambda_runtime::Context;
use serde_json::Value;
use telemetry::Telemetry;
use tracing::dispatcher::set_global_default;

tokio::task_local! {
    /// The lines of the current call of [`logged`].
    static LINES: RefCell<Vec<Value>>;
}

/// The subscriber of the whole process. A subscriber of one test would miss lines while other tests start and end.
static SUBSCRIBER: LazyLock<()> = LazyLock::new(|| {
    let (_telemetry, dispatch) = Telemetry::assemble("test", |_| None, keep);
    set_global_default(dispatch).unwrap();
});

/// Adds `line` to the lines of the current call of [`logged`], if there is one.
fn keep(line: &[u8]) {
    LINES.try_with(|lines| lines.borrow_mut().push(serde_json::from_slice(line).unwrap())).ok();
}

/// Runs `work` as one invocation of a function. Returns its result and its log lines, which include the metrics. The
/// lines of tasks that `work` spawns are missing.
pub async fn logged<T>(work: impl Future<Output = T>) -> (T, Vec<Value>) {
    LazyLock::force(&SUBSCRIBER);
    let work = async {
        let result = work.await;
        (result, LINES.with(RefCell::take))
    };
    telemetry::invocation(&Context::default(), LINES.scope(RefCell::default(), work)).await
}
