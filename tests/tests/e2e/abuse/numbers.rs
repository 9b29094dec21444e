//! Tests negative, out-of-range and malformed numbers.

use e2e::{get, post, put};
use serde_json::json;

use crate::abuse::support::{
    INVALID, MALFORMED, assert_blames, create_order, customer, offer_kettle, operator, send, stranger,
};

/// The largest amount of money. Two pieces at this price exceed the limit.
const MAX_AMOUNT: i64 = (1 << 53) - 1;
/// The largest total of an order.
const MAX_TOTAL: i64 = 10_000_000_000_000;

#[tokio::test]
async fn quantities_are_small_whole_numbers() {
    offer_kettle().await;
    let customer = customer(&stranger());
    let of = |quantity: &str| {
        post("/commands/orders")
            .raw(format!(r#"{{"items":[{{"product_id":"kettle","quantity":{quantity}}}]}}"#))
    };
    for quantity in ["-1", "0", "10001", "9223372036854775807", "-9223372036854775808"] {
        let reply = send(&customer, of(quantity)).await;
        assert_blames(&reply, INVALID, ("items[0].quantity", "quantity-out-of-range"));
    }
    for quantity in ["-0", "0.0", "1e5", "10001.0", "-9223372036854775808.0"] {
        let reply = send(&customer, of(quantity)).await;
        assert_blames(&reply, INVALID, ("items[0].quantity", "quantity-out-of-range"));
    }
    for quantity in ["1.0", "1e2", "100e-2", "0.1E+1"] {
        assert_eq!(send(&customer, of(quantity)).await.status, 201, "{quantity}");
    }
    for quantity in [
        "9223372036854775808",
        "-9223372036854775809",
        "1.5",
        "1e30",
        "1.00000000000000000001",
        "\"1\"",
        "null",
        "true",
        "[1]",
        "1,\"quantity\":100",
    ] {
        let reply = send(&customer, of(quantity)).await;
        assert_blames(&reply, MALFORMED, ("items[0].quantity", "body-malformed"));
    }
    for quantity in ["1e400", "+1", "0x1", "NaN", "Infinity", "01"] {
        assert_blames(&send(&customer, of(quantity)).await, MALFORMED, ("body", "body-malformed"));
    }
}

#[tokio::test]
async fn money_is_never_negative_and_never_overflows() {
    let path = format!("/commands/products/priceless-{}", stranger());
    let offer = |price: i64| put(&path).json(&json!({"name": "Priceless", "unit_price_cents": price}));
    for (price, why) in [
        (-1, "amount-negative"),
        (i64::MIN, "amount-negative"),
        (MAX_AMOUNT + 1, "amount-too-large"),
        (i64::MAX, "amount-too-large"),
    ] {
        assert_blames(&send(&operator(), offer(price)).await, INVALID, ("unit_price_cents", why));
    }
    assert_eq!(send(&operator(), offer(MAX_AMOUNT)).await.status, 201);
    let again = json!({"name": "Priceless", "unit_price_cents": MAX_AMOUNT});
    assert_eq!(send(&operator(), put(format!("{path}-1")).json(&again)).await.status, 201);
    let product = path.rsplit('/').next().expect("an id");
    let order = |quantities: &[i64]| {
        let id = |index: usize| if index == 0 { product.to_owned() } else { format!("{product}-{index}") };
        let items: Vec<_> = quantities
            .iter()
            .enumerate()
            .map(|(index, n)| json!({"product_id": id(index), "quantity": n}))
            .collect();
        post("/commands/orders").json(&json!({ "items": items }))
    };
    let customer = customer(&stranger());
    assert_blames(&send(&customer, order(&[1])).await, INVALID, ("items[0]", "total-too-large"));
    assert_eq!(send(&operator(), offer(MAX_TOTAL)).await.status, 200);
    assert_blames(&send(&customer, order(&[2])).await, INVALID, ("items[0]", "total-too-large"));
    assert_blames(&send(&customer, order(&[1, 1])).await, INVALID, ("items[1]", "total-too-large"));
    assert_blames(&send(&customer, order(&[10_000])).await, INVALID, ("items[0]", "total-too-large"));
    assert_eq!(send(&customer, order(&[1])).await.status, 201);
    let claimed = json!({"items": [{"product_id": product, "quantity": 1}], "total_amount_cents": -1});
    let refused = send(&customer, post("/commands/orders").json(&claimed)).await;
    assert_blames(&refused, INVALID, ("total_amount_cents", "total-mismatch"));
}

#[tokio::test]
async fn parameters_stay_within_their_ranges() {
    let customer = customer(&stranger());
    let id = create_order(&customer).await;
    let malformed = [
        (
            "/queries/orders?limit=",
            "limit",
            &["-1", "0", "101", "256", "18446744073709551616", "1.0", "NaN"][..],
        ),
        (
            "/queries/orders/search?q=a&min_total=",
            "min_total",
            &["9223372036854775808", "1e3", "1.0", "-1", "%2B1", "-9223372036854775809"],
        ),
        (
            "/queries/orders?from=",
            "from",
            &["-1", "0000-00-00T00:00:00Z", "10000-01-01T00:00:00Z", "1969-12-31T23:59:59Z"],
        ),
    ];
    for (path, field, values) in malformed {
        for value in values {
            let reply = send(&customer, get(format!("{path}{value}"))).await;
            assert_blames(&reply, MALFORMED, (field, "parameter-malformed"));
        }
    }
    for version in ["-1", "18446744073709551616", "1.5"] {
        let reply = send(&customer, get(format!("/queries/orders/{id}?min_version={version}"))).await;
        assert_blames(&reply, MALFORMED, ("min_version", "parameter-malformed"));
    }
    for day in ["0000-00-00", "2026-02-30", "-2026-01-01", "10000-01-01"] {
        let reply =
            send(&operator(), get(format!("/queries/analytics/daily?from={day}&to=2026-01-01"))).await;
        assert_blames(&reply, MALFORMED, ("from", "parameter-malformed"));
    }
}

#[tokio::test]
async fn impossible_versions_are_stale_or_malformed() {
    let customer = customer(&stranger());
    let id = create_order(&customer).await;
    let matching = |tag: &str| post(format!("/commands/orders/{id}/cancel")).header("if-match", tag);
    for tag in ["1", "\"1", "\"1\" \"2\"", "*, \"1\"", ","] {
        let reply = send(&customer, matching(tag)).await;
        assert_blames(&reply, MALFORMED, ("If-Match", "if-match-malformed"));
    }
    for tag in [
        "\"-1\"",
        "\"+1\"",
        "\"01\"",
        "\"18446744073709551615\"",
        "\"18446744073709551616\"",
        "\"1.0\"",
        "\"\"",
        "W/\"1\"",
        "\"0\", \"2\"",
    ] {
        let stale = send(&customer, matching(tag)).await;
        assert_eq!((stale.status, stale.problem()), (412, "stale-version"), "{tag}: {}", stale.body);
    }
    let highest = || get(format!("/queries/orders/{id}?min_version=18446744073709551615"));
    for wait in ["-1", "1e9", "NaN", "0.5", ""] {
        let reply = send(&customer, highest().header("prefer", format!("wait={wait}"))).await;
        assert_blames(&reply, MALFORMED, ("Prefer", "prefer-malformed"));
    }
    let reply = send(&customer, highest().header("prefer", "wait=0, return=minimal")).await;
    assert_eq!((reply.status, reply.header("retry-after")), (200, "1"), "{}", reply.body);
}
