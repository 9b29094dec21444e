//! Computes the expected results of queries from the JSON of the events. It uses no code of the domain, the projections
//! or the read models, so an error there cannot hide.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The number and the revenue of each counter. The names identify the counter, for example day, status and currency.
type Counts = BTreeMap<Vec<String>, (i64, i64)>;

/// The expected view of `order` after `events`. Each event is a `{type, data}` with the time of its acceptance.
pub fn order_view(order: &str, events: impl IntoIterator<Item = (Value, String)>) -> Value {
    let mut view = json!({"order_id": order, "version": 0});
    for ((event, at), version) in events.into_iter().zip(1_u64..) {
        let status = match event["type"].as_str().unwrap_or_default() {
            "OrderCreated" => {
                view["created_at"] = json!(at);
                "pending"
            }
            "OrderConfirmed" => "confirmed",
            "OrderShipped" => "shipped",
            "OrderDelivered" => "delivered",
            "OrderCancelled" => "cancelled",
            unknown => unknown,
        };
        for (name, value) in event["data"].as_object().into_iter().flatten() {
            let name = if name == "reason" { "cancel_reason" } else { name.as_str() };
            view[name] = value.clone();
        }
        view["status"] = json!(status);
        view["updated_at"] = json!(at);
        view["version"] = json!(version);
    }
    if let Some(decimals) = view["currency"].as_str().map(decimals) {
        view["currency_decimals"] = json!(decimals);
    }
    view
}

/// `view` or the data of an event, as a customer reads it: without the ids of the staff.
#[must_use]
pub fn for_customer(mut view: Value) -> Value {
    if let Value::Object(members) = &mut view {
        members.remove("confirmed_by");
    }
    view
}

/// The decimals of a currency. All currencies of the tests except these have two.
#[must_use]
pub fn decimals(currency: &str) -> u8 {
    match currency {
        "JPY" | "KRW" => 0,
        "BHD" | "KWD" => 3,
        _ => 2,
    }
}

/// The day on which the order of `view` was opened.
#[must_use]
pub fn day(view: &Value) -> &str {
    view["created_at"].as_str().and_then(|time| time.get(..10)).unwrap_or_default()
}

/// Compares the answers of the two analytics queries with a recount of `views`, the views of all orders of the queried
/// days. Returns a description of each difference.
#[must_use]
pub fn wrong_analytics(daily: &Value, products: &Value, views: &[Value]) -> Vec<String> {
    let (mut by_status, mut by_product) = (Counts::new(), Counts::new());
    for view in views {
        let names = vec![day(view).to_owned(), text(&view["status"]), text(&view["currency"])];
        add(&mut by_status, names, 1, number(&view["total_amount_cents"]));
        for item in list(&view["items"]).filter(|_| view["status"] != "cancelled") {
            let names = vec![text(&view["currency"]), text(&item["product_id"])];
            let quantity = number(&item["quantity"]);
            add(&mut by_product, names, quantity, quantity * number(&item["unit_price_cents"]));
        }
    }
    let shown_daily = list(&daily["totals"]).map(|total| {
        let names = ["day", "status", "currency"].map(|name| text(&total[name])).into();
        (names, (number(&total["orders"]), number(&total["revenue_cents"])))
    });
    let shown_products = list(&products["currencies"]).flat_map(|of| {
        list(&of["products"]).map(|product| {
            let names = vec![text(&of["currency"]), text(&product["product_id"])];
            (names, (number(&product["quantity"]), number(&product["revenue_cents"])))
        })
    });
    let compared = [
        ("daily totals", shown_daily.collect(), by_status),
        ("totals of the products", shown_products.collect(), by_product),
    ];
    let wrong = |(what, mut shown, counted): (_, Vec<_>, Counts)| {
        shown.sort();
        let is_same = shown.iter().map(|(names, count)| (names, count)).eq(&counted);
        (!is_same).then(|| format!("the {what} are {shown:?}, but a recount gives {counted:?}"))
    };
    compared.into_iter().filter_map(wrong).collect()
}

/// Adds `number` and `revenue` to the counter with these `names`.
fn add(counts: &mut Counts, names: Vec<String>, number: i64, revenue: i64) {
    let count = counts.entry(names).or_default();
    *count = (count.0 + number, count.1 + revenue);
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}
