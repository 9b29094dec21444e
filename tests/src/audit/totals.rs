//! The analytics against a recount of the orders.

use std::collections::BTreeMap;

use serde_json::Value;

use super::answers::asked;
use crate::Caller;

/// Orders and revenue, or pieces and revenue, of something.
type Totals = BTreeMap<Vec<String>, (i64, i64)>;

/// What is wrong with the totals of all days on which an order was opened.
pub(super) async fn check(caller: &Caller, orders: &[Value]) -> Result<Vec<String>, String> {
    let days: Vec<&str> = orders.iter().map(day).collect();
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else { return Ok(Vec::new()) };
    let mut findings = Vec::new();
    let daily = asked(caller, &format!("/queries/analytics/daily?from={first}&to={last}")).await?.body;
    let shown = shown(&daily["totals"], &["day", "status", "currency"], "orders");
    let counted = daily_totals(orders);
    if shown != counted {
        findings.push(format!("the daily totals are {shown:?}, a recount says {counted:?}"));
    }
    let path = format!("/queries/analytics/products?from={first}&to={last}&limit=100");
    let currencies = asked(caller, &path).await?.body["currencies"].clone();
    let mut shown_products = Totals::new();
    for of_currency in currencies.as_array().into_iter().flatten() {
        shown_products.extend(shown_of(&of_currency["products"], &of_currency["currency"]));
    }
    let counted = product_totals(orders);
    if shown_products != counted {
        findings.push(format!("the products' totals are {shown_products:?}, a recount says {counted:?}"));
    }
    Ok(findings)
}

fn shown(totals: &Value, names: &[&str], count: &str) -> Totals {
    let mut shown = Totals::new();
    for total in totals.as_array().into_iter().flatten() {
        let key = names.iter().map(|name| text(&total[*name])).collect();
        add(&mut shown, key, number(&total[count]), number(&total["revenue_cents"]));
    }
    without_nothing(shown)
}

fn shown_of(products: &Value, currency: &Value) -> Totals {
    let shown = shown(products, &["product_id"], "quantity").into_iter();
    shown
        .map(|(mut key, total)| {
            key.push(text(currency));
            (key, total)
        })
        .collect()
}

fn daily_totals(orders: &[Value]) -> Totals {
    let mut totals = Totals::new();
    for order in orders {
        let key = vec![day(order).to_owned(), text(&order["status"]), text(&order["currency"])];
        add(&mut totals, key, 1, number(&order["total_amount_cents"]));
    }
    without_nothing(totals)
}

fn product_totals(orders: &[Value]) -> Totals {
    let mut totals = Totals::new();
    for order in orders.iter().filter(|order| order["status"] != "cancelled") {
        for item in order["items"].as_array().into_iter().flatten() {
            let quantity = number(&item["quantity"]);
            let key = vec![text(&item["product_id"]), text(&order["currency"])];
            add(&mut totals, key, quantity, quantity * number(&item["unit_price_cents"]));
        }
    }
    without_nothing(totals)
}

fn add(totals: &mut Totals, key: Vec<String>, count: i64, revenue: i64) {
    let total = totals.entry(key).or_default();
    *total = (total.0 + count, total.1 + revenue);
}

fn without_nothing(mut totals: Totals) -> Totals {
    totals.retain(|_, total| *total != (0, 0));
    totals
}

fn day(order: &Value) -> &str {
    order["created_at"].as_str().and_then(|time| time.get(..10)).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}
