//! Runs a load over HTTP while the stack suffers all faults that AWS may cause. At the end, no commit is lost or
//! duplicated.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;

use e2e::{ApiClient, Aws, Load, audit, wait_until_caught_up};
use localstack::{Stack, StackOptions};
use stack_base::chaos::{ChaosSpec, Fault};
use tokio::sync::watch;

type BoxError = Box<dyn Error + Send + Sync>;

/// The default faults. The environment variable `CHAOS` replaces them.
const CHAOS: &str = "duplicates=0.2,reorder=0.2,redeliver=0.1,throttle=0.05,kill=0.03,timeout=0.005,\
    late-answer=0.01,lost-answer=0.03";
/// A fault with at least this probability strikes at least once under this load.
const CERTAIN: f64 = 0.03;
const SCOPE: &str = "orders:read orders:write orders:admin";
const CUSTOMERS: usize = 6;
const ORDERS: usize = 10;
/// The numbers of shards of the stream, in sequence.
const SHARDS: [i32; 5] = [2, 4, 3, 5, 4];

fn options(chaos: ChaosSpec) -> StackOptions {
    // The timeouts are short, because the load waits for a stuck function until its timeout.
    let parameters = [("CommandTimeout", "5"), ("ProjectionTimeout", "10")];
    let parameters: BTreeMap<_, _> =
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let shards = SHARDS[0].unsigned_abs();
    StackOptions { parameters, chaos, shards: Some(shards), ..StackOptions::default() }
}

/// Changes the number of shards to each number in [`SHARDS`] in turn, each time after an equal part of the load.
async fn reshard(aws: &Aws, load: &Load) {
    let mut acknowledged = load.acknowledged();
    let part = 2 * CUSTOMERS * ORDERS / SHARDS.len();
    for (shards, number) in SHARDS.into_iter().skip(1).zip(1..) {
        acknowledged.wait_for(|all| all.len() >= number * part).await.expect("a load");
        aws.reshard(shards).await.expect("other shards");
    }
}

/// Runs the load on a stack with the faults `chaos` and audits the result. Returns how often each fault struck, or an
/// error with the findings of the audit.
async fn run_with_chaos(chaos: &ChaosSpec) -> Result<BTreeMap<Fault, u64>, BoxError> {
    let stack = Stack::start(options(chaos.clone())).await?;
    let caller = ApiClient::new(stack.base_url())?.with(stack.token("load", SCOPE)?);
    let aws = Aws::from_embedded(stack.aws_endpoint(), stack.template())?;
    let load = Load::new(watch::Sender::new(caller.clone()).subscribe());
    load.offer().await?;
    let (placed, ()) = tokio::join!(load.run(CUSTOMERS, ORDERS), reshard(&aws, &load));
    placed?;
    wait_until_caught_up(stack.aws_endpoint()).await?;
    let acknowledged = load.acknowledged().borrow().clone();
    let findings = audit(&caller, &aws, &acknowledged).await?;
    let strikes = stack.injected_faults();
    stack.shutdown().await;
    if findings.is_empty() { Ok(strikes) } else { Err(findings.join("\n").into()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_commit_is_lost_or_duplicated_under_chaos() {
    let chaos = env::var("CHAOS").unwrap_or_else(|_| CHAOS.to_owned());
    let chaos: ChaosSpec = chaos.parse().expect("a specification of chaos");
    match run_with_chaos(&chaos).await {
        Ok(strikes) => {
            for fault in Fault::ALL.into_iter().filter(|fault| chaos.rate(*fault) >= CERTAIN) {
                assert!(strikes.contains_key(&fault), "{} never struck: {strikes:?}", fault.name());
            }
        }
        Err(problem) => panic!("CHAOS={chaos}:\n{problem}"),
    }
}
