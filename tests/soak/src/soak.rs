//! The soak: rounds of load and disturbance, and the checks at the end.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::Duration;

use e2e::{Acknowledged, ApiClient, ConsumerTemplate, Load, Operator, audit, backlog, wait_until_caught_up};
use localstack::RunningStack;
use stack_base::chaos::Fault;
use stack_base::clock::now_ms;
use stack_template::Function;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::consumer::Consumer;
use crate::disturbance::{Disturbance, Surroundings};
use crate::growth::Sample;
use crate::processes::{self, STACK};
use crate::redrive::redrive;
use crate::report::{Report, Totals};
use crate::stack::{self, DEADLY, Data};

/// The concurrent customers of the load, and the orders of each. Five orders have all steps.
const CUSTOMERS: usize = 3;
const ORDERS: usize = 5;
/// The most rounds. They are spread over the time of the soak, because a long soak is about growth and not about throughput. A round
/// takes about 15 seconds by itself.
const ROUNDS: u32 = 120;
/// The pause between two runs of the load during one disturbance. Without it, the load uses all cores. Then the batches are
/// late in the generation that is not live, and the cut-over is refused.
const BREAK: Duration = Duration::from_secs(8);
/// The pause between two looks at the backlog.
const PAUSE: Duration = Duration::from_millis(500);

/// The projection of products, which change only at the beginning of the soak.
const IDLE: [&str; 1] = ["product-projection"];

type BoxError = Box<dyn Error + Send + Sync>;

/// A running soak.
pub(crate) struct Soak {
    stack: RunningStack,
    operator: Operator,
    consumer: Consumer,
    binaries: BTreeSet<String>,
    /// The binaries that follow the events of orders, so they work in every round.
    followers: BTreeSet<String>,
    callers: watch::Sender<ApiClient>,
    acknowledged: Vec<Acknowledged>,
    samples: Vec<Sample>,
    redriven: u64,
    started: Instant,
    length: Duration,
    /// The beginning of the last round, in milliseconds since the epoch.
    since: i64,
    _template: ConsumerTemplate,
    // The stack has ended when its data is removed.
    _data: Data,
}

impl Soak {
    /// Starts the stack and registers the products. `seed` is the seed of the faults. New rounds begin for `length`.
    pub(crate) async fn start(length: Duration, seed: Option<u64>) -> Result<Self, BoxError> {
        let (template, data) = (stack::template()?, Data::new());
        let stack = stack::start(&template, &data, seed).await?;
        let operator = Operator::new(stack.aws_endpoint(), stack.template())?;
        let callers = watch::Sender::new(stack::caller(&stack)?);
        Load::new(callers.subscribe()).offer().await?;
        let deployed = stack.template();
        let binaries = deployed.functions.iter().map(|function| function.binary.clone()).collect();
        let follows = |function: &&Function| {
            deployed.mappings.iter().any(|mapping| mapping.function == function.name)
                && !IDLE.contains(&function.binary.as_str())
        };
        let followers = deployed.functions.iter().filter(follows).map(|it| it.binary.clone()).collect();
        Ok(Self {
            stack,
            operator,
            consumer: Consumer::default(),
            binaries,
            followers,
            callers,
            acknowledged: Vec::new(),
            samples: Vec::new(),
            redriven: 0,
            started: Instant::now(),
            length,
            since: now_ms(),
            _template: template,
            _data: data,
        })
    }

    /// The faults with their rates and the seed.
    pub(crate) fn faults(&self) -> String {
        self.stack.chaos().to_string()
    }

    /// Whether the time is over and every disturbance has happened.
    pub(crate) fn is_over(&self) -> bool {
        self.started.elapsed() >= self.length && self.samples.len() >= Disturbance::ALL.len()
    }

    /// Runs a load and beside it the next disturbance. Then waits until every view has every commit, redrives what Lambda
    /// gave up, empties the consumer's queue, and takes a sample. Returns a line about the round.
    pub(crate) async fn round(&mut self) -> Result<String, BoxError> {
        if self.started.elapsed() * 3 >= self.length {
            self.stack.change_faults(&DEADLY.map(|(fault, _)| (fault, 0.0)).into())?;
        }
        // A token is valid for one hour.
        self.callers.send_replace(stack::caller(&self.stack)?);
        let (number, began) = (self.samples.len(), Instant::now());
        let (disturbance, since) = (Disturbance::ALL[number % Disturbance::ALL.len()], now_ms());
        let load = Load::new(self.callers.subscribe());
        let largest_backlog = self.load_and_disturb(&load, disturbance).await?;
        self.since = since;
        self.acknowledged.extend(load.acknowledged().borrow().iter().cloned());
        let worked = began.elapsed();
        self.settle().await?;
        let settled = began.elapsed().saturating_sub(worked);
        sleep_until(began + self.length / ROUNDS).await;
        let sample = Sample {
            processes: processes::read(&self.binaries)?,
            commits: u64::try_from(self.acknowledged.len())?,
            backlog: largest_backlog,
        };
        let stack = sample.processes.usage.get(STACK).copied().unwrap_or_default();
        let line = format!(
            "round {}, {} s: {disturbance}; worked for {} s, then settled for {} s; {} commands; backlog at most {}; stack {} MB, \
             {} handles; {} function processes",
            number + 1,
            self.started.elapsed().as_secs(),
            worked.as_secs(),
            settled.as_secs(),
            sample.commits,
            sample.backlog,
            stack.memory >> 20,
            stack.handles,
            sample.processes.functions
        );
        self.samples.push(sample);
        Ok(line)
    }

    /// Repeats the load until `disturbance` has ended. Returns the largest backlog meanwhile.
    async fn load_and_disturb(&self, load: &Load, disturbance: Disturbance) -> Result<u64, BoxError> {
        let Self { stack, operator, .. } = self;
        let turn = self.samples.len() / Disturbance::ALL.len();
        let surroundings = Surroundings { stack, operator, load, since: self.since, turn };
        let (ended, largest) = (Notify::new(), Cell::new(0));
        let place = async {
            loop {
                load.run(CUSTOMERS, ORDERS).await?;
                if timeout(BREAK, ended.notified()).await.is_ok() {
                    return Ok::<_, BoxError>(());
                }
            }
        };
        let disturb = async {
            let result = disturbance.carry_out(&surroundings).await;
            result.map_err(|error| format!("{disturbance}: {error}"))?;
            ended.notify_one();
            Ok::<_, BoxError>(())
        };
        tokio::select! {
            done = async { tokio::try_join!(place, disturb) } => { done?; }
            error = watch_backlog(stack.aws_endpoint(), &largest) => return Err(error),
        }
        Ok(largest.get())
    }

    /// Waits until every view has every commit and the queues are empty.
    async fn settle(&mut self) -> Result<(), BoxError> {
        wait_until_caught_up(self.stack.aws_endpoint()).await?;
        self.redriven += redrive(&self.operator).await?;
        self.consumer.receive(&self.operator).await
    }

    /// Turns the faults off, audits the stack, and stops it.
    pub(crate) async fn finish(mut self) -> Result<Report, BoxError> {
        let faults = self.stack.injected_faults();
        let calm: BTreeMap<_, _> = Fault::ALL.map(|fault| (fault, 0.0)).into();
        self.stack.change_faults(&calm)?;
        self.settle().await?;
        let streams = self.operator.aws().streams().await?;
        let missing = self.consumer.missing(&self.operator, &streams).await?;
        let mut findings =
            audit(&stack::caller(&self.stack)?, self.operator.aws(), &self.acknowledged).await?;
        findings.extend(missing);
        let totals = Totals {
            rounds: self.samples.len(),
            time: self.started.elapsed(),
            commands: self.acknowledged.len(),
            messages: self.consumer.messages(),
            redriven: self.redriven,
            faults,
        };
        self.stack.shutdown().await;
        Ok(Report::new(&self.samples, &self.followers, totals, findings))
    }
}

/// Looks at the backlog of the stack at `endpoint` again and again, and keeps the largest one in `largest`. Returns the
/// error if the backlog cannot be read.
async fn watch_backlog(endpoint: &str, largest: &Cell<u64>) -> BoxError {
    loop {
        match backlog(endpoint).await {
            Ok(now) => largest.set(now.max(largest.get())),
            Err(error) => return error.into(),
        }
        sleep(PAUSE).await;
    }
}
