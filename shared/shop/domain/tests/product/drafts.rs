//! Tests the conversion of drafts into commands, and the field that a refusal names.

use domain::InvalidField;
use domain::product::{Offer, ProductCommand, ProductDraft, ProductId, ProductState};
use es_core::{DomainError, Refusal};
use proptest::prelude::*;
use serde_json::{Value, json};

fn draft(id: &str, body: Value) -> Result<ProductCommand, InvalidField> {
    let id = ProductId::try_from(id.to_owned()).map_err(InvalidField::at("product_id"))?;
    serde_json::from_value::<ProductDraft>(body).expect("the shape of a draft").into_command(id)
}

#[test]
fn a_refusal_names_the_field_of_the_invalid_value() {
    let kettle = |price: i64| json!({"name": "Kettle", "unit_price_cents": price});
    let cases = [
        (draft("", kettle(1)), "product_id", "text-empty"),
        (draft(&"p".repeat(129), kettle(1)), "product_id", "text-too-long"),
        (draft("p\n", kettle(1)), "product_id", "text-unclean"),
        (draft(".", kettle(1)), "product_id", "text-dot-segment"),
        (draft("..", kettle(1)), "product_id", "text-dot-segment"),
        (draft("kettle?x", kettle(1)), "product_id", "text-url-delimiter"),
        (draft("a/b", kettle(1)), "product_id", "text-url-delimiter"),
        (draft("a#b", kettle(1)), "product_id", "text-url-delimiter"),
        (draft("a\\b", kettle(1)), "product_id", "text-url-delimiter"),
        (draft("%2e%2E", kettle(1)), "product_id", "text-dot-segment"),
        (draft(".%2E", kettle(1)), "product_id", "text-dot-segment"),
        (draft("p", json!({"name": "", "unit_price_cents": 1})), "name", "text-empty"),
        (draft("p", json!({"name": "n".repeat(201), "unit_price_cents": 1})), "name", "text-too-long"),
        (draft("p", kettle(-1)), "unit_price_cents", "amount-negative"),
        (draft("p", kettle(i64::MAX)), "unit_price_cents", "amount-too-large"),
        (
            draft("p", json!({"name": "Kettle", "unit_price_cents": 1, "currency": "XAU"})),
            "currency",
            "currency-unknown",
        ),
    ];
    for (result, field, code) in cases {
        let refusal = result.expect_err("a refusal").refusal();
        assert_eq!(refusal, Refusal::Invalid { field: field.to_owned(), code });
    }
    for id in ["...", ".kettle", "kettle.", "a..b", "%2f", "é".repeat(128).as_str()] {
        draft(id, kettle(1)).expect(id);
    }
}

proptest! {
    #[test]
    fn no_draft_panics(id in ".*", name in ".*", price: i64, currency in ".*") {
        draft(&id, json!({"name": name, "unit_price_cents": price, "currency": currency})).ok();
    }
}

#[test]
fn the_text_of_a_product_id_is_the_id() {
    let id: ProductId = "mug, blue".parse().expect("a product id");
    assert_eq!((id.as_str(), id.to_string()), ("mug, blue", "mug, blue".to_owned()));
}

#[test]
fn a_state_has_the_name_of_its_status() {
    let offer = Offer { name: "Mug".to_owned(), unit_price_cents: 1_200, currency: "EUR".to_owned() };
    let states = [ProductState::Missing, ProductState::Active(offer), ProductState::Discontinued];
    assert_eq!(states.map(|state| state.name()), ["missing", "active", "discontinued"]);
}
