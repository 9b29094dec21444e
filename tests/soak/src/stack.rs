//! The stack of the soak: its template, parameters, faults and data.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use e2e::{ApiClient, ConsumerTemplate, SHORTEST_TIMES};
use localstack::stack::TelemetryOptions;
use localstack::{RunningStack, Stack, StackOptions};
use stack_base::chaos::{ChaosSpec, Fault};
use stack_lambda::LogLimits;
use stack_telemetry::otlp::TraceLimits;
use stack_template::Template;
use uuid::Uuid;

use crate::consumer;

/// The parameters that differ from the defaults, besides the shortest times of the generations. Batches are small and
/// repeated once, so Lambda gives up on a batch soon. The default speed of a rebuild spares a new table of AWS. The local
/// table needs less care, but a rebuild without pauses has hundreds of writes at a time, and on a busy machine they take
/// longer than the timeout of a request.
const PARAMETERS: [(&str, &str); 5] = [
    ("EventBusName", "default"),
    ("CommandTimeout", "5"),
    ("RebuildCommitsPerSecond", "100"),
    ("MaximumRetryAttempts", "1"),
    ("BatchSize", "10"),
];

/// The faults of the whole soak.
const FAULTS: &str = "duplicates=0.1,reorder=0.1,redeliver=0.05,throttle=0.02,lost-answer=0.01,late-answer=0.002,\
    entry-throttle=0.02,entry-failure=0.01,delivery-duplicates=0.05,delivery-reorder=0.05,delivery-failure=0.05";

/// The faults that end a process. They strike only in the first third, because a leak grows only in a process that lives.
pub(crate) const DEADLY: [(Fault, f64); 2] = [(Fault::Kill, 0.01), (Fault::Timeout, 0.002)];

/// The limits of what the stack keeps for a developer who looks at it. They are so small that the first third of a short soak
/// reaches them. What grows later is a leak.
const TRACES: TraceLimits = TraceLimits { traces: 500, spans: 2_000, bytes: 4 << 20 };
const LOGS: LogLimits = LogLimits { events: 100, bytes: 64 << 10 };

/// The first number of shards.
const SHARDS: u32 = 2;

/// The scopes of the load and of the audit.
const SCOPE: &str = "orders:read orders:write orders:admin";

type BoxError = Box<dyn Error + Send + Sync>;

/// The folder with the data of the stack. Dropping this value removes the folder.
#[derive(Debug)]
pub(crate) struct Data(PathBuf);

impl Data {
    /// A folder that does not exist yet. The stack creates it.
    pub(crate) fn new() -> Self {
        Self(env::temp_dir().join(format!("soak-{}", Uuid::now_v7())))
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        // A folder that stays among the temporary files harms nothing.
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Starts the stack with the template `template`, which has the consumer. `seed` is the seed of the faults; without it,
/// the seed is random.
pub(crate) async fn start(
    template: &ConsumerTemplate,
    data: &Data,
    seed: Option<u64>,
) -> Result<RunningStack, BoxError> {
    let given = SHORTEST_TIMES.into_iter().chain(PARAMETERS);
    let parameters: BTreeMap<_, _> = given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut options = StackOptions {
        template: Some(template.path().to_owned()),
        parameters,
        data: Some(data.0.clone()),
        shards: Some(SHARDS),
        telemetry: Some(TelemetryOptions { limits: TRACES, ..TelemetryOptions::default() }),
        logs: LOGS,
        ..StackOptions::default()
    };
    let template = Template::read(&options.template(), &options.parameters, "http://127.0.0.1:1")?;
    options.chaos = faults(&template, seed)?;
    Ok(Stack::start(options).await?)
}

/// The template of the project with the consumer.
pub(crate) fn template() -> Result<ConsumerTemplate, BoxError> {
    Ok(ConsumerTemplate::new(&stack_template::project(), consumer::QUEUE, "")?)
}

/// The faults. They affect the functions that serve the HTTP API or follow the stream. An operator that is killed holds
/// its lease for up to fifteen minutes, which is longer than a short soak. A reaction is given up after three attempts.
fn faults(template: &Template, seed: Option<u64>) -> Result<ChaosSpec, BoxError> {
    let is_affected = |name: &String| {
        template.routes.iter().any(|route| route.function == *name)
            || template.mappings.iter().any(|mapping| mapping.function == *name)
    };
    let affected = template.functions.iter().filter(|function| is_affected(&function.name));
    let only: Vec<_> = affected.map(|function| function.binary.as_str()).collect();
    let seed = seed.map(|seed| format!(",seed={seed}")).unwrap_or_default();
    let mut faults: ChaosSpec = format!("{FAULTS},only={}{seed}", only.join("+")).parse()?;
    for (fault, rate) in DEADLY {
        faults.set_rate(fault, rate)?;
    }
    Ok(faults)
}

/// A caller with a new token, which is valid for one hour.
pub(crate) fn caller(stack: &RunningStack) -> Result<ApiClient, BoxError> {
    Ok(ApiClient::new(stack.base_url())?.with(stack.token("soak", SCOPE)?))
}
