//! Tests the conversion of drafts into commands, and the field that a refusal names.

use domain::InvalidField;
use domain::order::{
    MAX_ITEMS, MAX_TOTAL, Order, OrderCommand, OrderDraft, OrderEvent, OrderRequest, ShipmentDraft, UserId,
};
use es_core::{Decider, DomainError, Refusal};
use proptest::prelude::*;
use serde_json::{Value, json};

fn draft(body: Value) -> Result<OrderCommand, InvalidField> {
    let draft = serde_json::from_value::<OrderDraft>(body).expect("the shape of a draft");
    OrderRequest::from_draft(draft, UserId::of_subject("caller"))?.at_own_prices()
}

fn item(quantity: i64, unit_price_cents: i64) -> Value {
    item_of("p", quantity, unit_price_cents)
}

fn item_of(product_id: &str, quantity: i64, unit_price_cents: i64) -> Value {
    json!({"product_id": product_id, "quantity": quantity, "unit_price_cents": unit_price_cents})
}

fn refused(body: Value) -> (String, &'static str) {
    match draft(body).expect_err("a refusal").refusal() {
        Refusal::Invalid { field, code } => (field, code),
        other => panic!("not a field's refusal: {other:?}"),
    }
}

#[test]
fn a_refusal_names_the_field_of_the_invalid_value() {
    let largest = (1_i64 << 53) - 1;
    let cases = [
        (json!({"user_id": "", "items": [item(1, 1)]}), "user_id", "text-empty"),
        (json!({"user_id": " u", "items": [item(1, 1)]}), "user_id", "text-unclean"),
        (json!({"user_id": "u\u{202e}", "items": [item(1, 1)]}), "user_id", "text-unclean"),
        (json!({"user_id": "u".repeat(256), "items": [item(1, 1)]}), "user_id", "text-too-long"),
        (json!({"user_id": "é".repeat(128), "items": [item(1, 1)]}), "user_id", "text-too-long"),
        (json!({"user_id": "u", "items": []}), "items", "items-missing"),
        (json!({"user_id": "u", "items": vec![item(1, 1); MAX_ITEMS + 1]}), "items", "items-too-many"),
        (json!({"user_id": "u", "items": [item(0, 1)]}), "items[0].quantity", "quantity-out-of-range"),
        (
            json!({"user_id": "u", "items": [item(1, 1), item(-3, 1)]}),
            "items[1].quantity",
            "quantity-out-of-range",
        ),
        (json!({"user_id": "u", "items": [item(10_001, 1)]}), "items[0].quantity", "quantity-out-of-range"),
        (json!({"user_id": "u", "items": [item(i64::MAX, 1)]}), "items[0].quantity", "quantity-out-of-range"),
        (
            json!({"user_id": "u", "items": [{"product_id": "p", "quantity": 1}]}),
            "items[0].unit_price_cents",
            "price-missing",
        ),
        (json!({"user_id": "u", "items": [item(1, -1)]}), "items[0].unit_price_cents", "amount-negative"),
        (
            json!({"user_id": "u", "items": [item(1, i64::MAX)]}),
            "items[0].unit_price_cents",
            "amount-too-large",
        ),
        (json!({"user_id": "u", "items": [item(1, MAX_TOTAL + 1)]}), "items[0]", "total-too-large"),
        (json!({"user_id": "u", "items": [item(2, largest)]}), "items[0]", "total-too-large"),
        (json!({"user_id": "u", "items": [item(10_000, largest)]}), "items[0]", "total-too-large"),
        (
            json!({"user_id": "u", "items": [item(1, MAX_TOTAL), item_of("q", 1, 1)]}),
            "items[1]",
            "total-too-large",
        ),
        (
            json!({"user_id": "u", "items": [item(1, 1), item_of("q", 1, 1), item(1, 1)]}),
            "items[2].product_id",
            "product-repeated",
        ),
        (json!({"user_id": "u", "items": [item_of("..", 1, 1)]}), "items[0].product_id", "text-dot-segment"),
        (
            json!({"user_id": "u", "items": [item(2, 5)], "total_amount_cents": 11}),
            "total_amount_cents",
            "total-mismatch",
        ),
        (json!({"user_id": "u", "items": [item(1, 1)], "currency": "eur"}), "currency", "currency-unknown"),
    ];
    for (body, field, code) in cases {
        assert_eq!(refused(body), (field.to_owned(), code));
    }
}

#[test]
fn a_customer_is_named_by_any_subject_of_a_token() {
    let owned_by = |user_id: Option<&str>, caller: &str| {
        let draft = serde_json::from_value::<OrderDraft>(json!({"user_id": user_id, "items": [item(1, 1)]}));
        let draft = draft.expect("the shape of a draft");
        let command = OrderRequest::from_draft(draft, UserId::of_subject(caller))?.at_own_prices()?;
        match Order::decide(&<Order as Decider>::State::default(), command).expect("events").as_slice() {
            [OrderEvent::OrderCreated(created)] => Ok::<_, InvalidField>(created.user_id.clone()),
            other => panic!("not a creation: {other:?}"),
        }
    };
    let longest = "u".repeat(255);
    assert_eq!(owned_by(Some(&longest), "caller"), Ok(longest.clone()));
    for subject in [longest.as_str(), " u", "u\u{202e}"] {
        assert_eq!(owned_by(None, subject).as_deref(), Ok(subject));
    }
}

#[test]
fn currencies_do_not_mix() {
    let mut foreign = item_of("q", 1, 1);
    foreign["currency"] = json!("CHF");
    let body = json!({"user_id": "u", "currency": "EUR", "items": [item(1, 1), foreign]});
    assert_eq!(refused(body), ("items[1].currency".to_owned(), "currencies-mixed"));
}

#[test]
fn malformed_carriers_and_tracking_numbers_are_refused() {
    let ship = |number: &str, carrier: &str| {
        let (tracking_number, carrier) = (number.to_owned(), carrier.to_owned());
        OrderCommand::try_from(ShipmentDraft { tracking_number, carrier }).map_err(|invalid| invalid.field)
    };
    ship("JJD000390007827346012", "DHL").expect("well-formed");
    ship("AB-123", "ROYAL-MAIL2").expect("well-formed");
    for number in ["", "12345", "-12345", "12345-", "12345 6", "１２３４５６", &"1".repeat(41)] {
        assert_eq!(ship(number, "DHL"), Err("tracking_number".to_owned()), "{number}");
    }
    for carrier in ["", "D", "dhl", "1DHL", "D HL", "DHL\n", &"D".repeat(33)] {
        assert_eq!(ship("123456", carrier), Err("carrier".to_owned()), "{carrier}");
    }
}

proptest! {
    #[test]
    fn only_the_right_total_is_accepted(
        items in prop::collection::vec((1_i64..=10_000, 0_i64..=1_000_000), 1..=10),
        off in -5_i64..=5,
    ) {
        let total: i64 = items.iter().map(|(quantity, price)| quantity * price).sum();
        let lines: Vec<_> = items.iter().enumerate()
            .map(|(index, (quantity, price))| item_of(&format!("p{index}"), *quantity, *price)).collect();
        let result = draft(json!({"user_id": "u", "items": lines, "total_amount_cents": total + off}));
        prop_assert_eq!(result.is_ok(), off == 0);
    }

    #[test]
    fn no_draft_panics(user_id in ".*", quantity: i64, price: i64, total: Option<i64>, currency in ".*") {
        let body = json!({"user_id": user_id, "items": [item(quantity, price)], "total_amount_cents": total,
            "currency": currency});
        draft(body).ok();
    }
}
