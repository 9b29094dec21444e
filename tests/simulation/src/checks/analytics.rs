//! The analytics are a recount of the streams.

use std::collections::{BTreeMap, BTreeSet};

use domain::order::{OrderEvent, OrderStatus};
use serde_json::Value;

use super::past::{Past, Violation, events, order_at};
use crate::clients::query;
use crate::functions::{Api, Route};

/// The day on which a run begins.
const FIRST_DAY: &str = "2026-11-21";

/// What is counted: names that tell it from everything else, and how many for how much.
type Counts = BTreeMap<Vec<String>, (i64, i64)>;

pub(super) async fn are_recounts(api: &Api, past: &Past) -> Result<(), Violation> {
    let (mut daily, mut products) = (Counts::new(), Counts::new());
    let mut days = BTreeSet::from([FIRST_DAY.to_owned()]);
    for (_, commits) in past.orders() {
        let Some(status) = order_at(commits, u64::MAX).status() else { continue };
        for recorded in events::<OrderEvent>(commits, u64::MAX) {
            let OrderEvent::OrderCreated(order) = recorded.event else { continue };
            let day = recorded.metadata.occurred_at.to_string()[..10].to_owned();
            days.insert(day.clone());
            let named = vec![day, status.to_string(), order.currency.clone()];
            add(&mut daily, named, 1, order.total_amount_cents);
            for item in order.items.iter().filter(|_| status != OrderStatus::Cancelled) {
                let named = vec![order.currency.clone(), item.product_id.clone()];
                add(&mut products, named, item.quantity, item.quantity * item.unit_price_cents);
            }
        }
    }
    let days = format!("from={FIRST_DAY}&to={}", days.last().unwrap());
    let told = ask(api, Route::GetDaily, &days).await?;
    let told = told["totals"].as_array().unwrap().iter().map(|total| {
        let named = ["day", "status", "currency"].map(|name| text(&total[name])).into();
        (named, (number(&total["orders"]), number(&total["revenue_cents"])))
    });
    is_same("daily totals", &told.collect(), &daily)?;
    let told = ask(api, Route::GetTopProducts, &format!("{days}&limit=100")).await?;
    let told = told["currencies"].as_array().unwrap().iter().flat_map(|of| {
        let named = |product: &Value| vec![text(&of["currency"]), text(&product["product_id"])];
        let products = of["products"].as_array().unwrap().iter();
        products.map(move |product| {
            (named(product), (number(&product["quantity"]), number(&product["revenue_cents"])))
        })
    });
    is_same("totals of the products", &told.collect(), &products)
}

fn add(counts: &mut Counts, named: Vec<String>, number: i64, revenue: i64) {
    let count = counts.entry(named).or_default();
    *count = (count.0 + number, count.1 + revenue);
}

async fn ask(api: &Api, route: Route, filter: &str) -> Result<Value, Violation> {
    let answered = api.send(&query(route, None, filter.to_owned()), &api.world.invocation()).await.unwrap();
    if answered.status == 200 {
        Ok(answered.body)
    } else {
        Err(format!("{route:?} answers {}", answered.body))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn is_same(what: &str, is: &Counts, expected: &Counts) -> Result<(), Violation> {
    if is == expected { Ok(()) } else { Err(format!("the {what} are {is:?} and should be {expected:?}")) }
}
