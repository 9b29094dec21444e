//! Tests orders with catalog prices. The products' streams decide the prices; prices in the request must agree.

use domain::InvalidField;
use domain::order::{Catalog, Order, OrderCommand, OrderDraft, OrderEvent, OrderRequest, UserId};
use domain::product::{Offer, ProductId, ProductState};
use es_core::{Decider, DomainError, Refusal};
use proptest::prelude::*;
use serde_json::{Value, json};

fn offer(name: &str, unit_price_cents: i64, currency: &str) -> ProductState {
    let (name, currency) = (name.to_owned(), currency.to_owned());
    ProductState::Active(Offer { name, unit_price_cents, currency })
}

fn catalog() -> Catalog {
    let products = [
        ("kettle", offer("Pour-over kettle", 5990, "EUR")),
        ("beans", offer("Espresso beans", 1899, "EUR")),
        ("cups", offer("Cups", 5990, "EUR")),
        ("tea", offer("煎茶", 1200, "JPY")),
        ("mill", ProductState::Discontinued),
        ("broken", offer("Broken", -1, "EUR")),
        ("missing", ProductState::Missing),
    ];
    products.into_iter().map(|(id, state)| (id.parse().expect("an id"), state)).collect()
}

fn priced(body: Value, catalog: &Catalog) -> Result<OrderCommand, InvalidField> {
    let draft = serde_json::from_value::<OrderDraft>(body).expect("the shape of a draft");
    OrderRequest::from_draft(draft, UserId::of_subject("caller"))?.at_catalog_prices(catalog)
}

/// The stored data of the order's first event.
fn opened(body: Value, catalog: &Catalog) -> Value {
    let command = priced(body, catalog).expect("an order");
    match Order::decide(&<Order as Decider>::State::default(), command).expect("events").as_slice() {
        [OrderEvent::OrderCreated(created)] => serde_json::to_value(created).expect("JSON"),
        other => panic!("not a creation: {other:?}"),
    }
}

#[test]
fn prices_names_and_currency_come_from_the_catalog() {
    let body = json!({"user_id": "u", "items": [
        {"product_id": "kettle", "quantity": 1},
        {"product_id": "beans", "quantity": 2, "unit_price_cents": 1899, "currency": "EUR"},
        {"product_id": "cups", "quantity": 3},
    ]});
    let expected = json!({"user_id": "u", "currency": "EUR", "total_amount_cents": 27_758, "items": [
        {"product_id": "kettle", "name": "Pour-over kettle", "quantity": 1, "unit_price_cents": 5990},
        {"product_id": "beans", "name": "Espresso beans", "quantity": 2, "unit_price_cents": 1899},
        {"product_id": "cups", "name": "Cups", "quantity": 3, "unit_price_cents": 5990},
    ]});
    assert_eq!(opened(body.clone(), &catalog()), expected);
    let draft = serde_json::from_value::<OrderDraft>(body).expect("a draft");
    let products =
        OrderRequest::from_draft(draft, UserId::of_subject("caller")).expect("a request").products();
    assert_eq!(products.iter().map(ProductId::as_str).collect::<Vec<_>>(), ["beans", "cups", "kettle"]);
}

#[test]
fn a_refusal_names_the_field_that_differs_from_the_catalog() {
    let with = |item: Value, order: Value| {
        let mut body = json!({"user_id": "u", "items": [{"product_id": "beans", "quantity": 1}, item]});
        let members = order.as_object().expect("members").clone();
        body.as_object_mut().expect("an object").extend(members);
        body
    };
    let kettle = || json!({"product_id": "kettle", "quantity": 1});
    let product = |id: &str| json!({"product_id": id, "quantity": 1});
    let priced_at = |cents: i64| json!({"product_id": "kettle", "quantity": 1, "unit_price_cents": cents});
    let dollars = json!({"product_id": "kettle", "quantity": 1, "currency": "USD"});
    let cases = [
        (with(product("nothing"), json!({})), "items[1].product_id", "product-unknown"),
        (with(product("missing"), json!({})), "items[1].product_id", "product-unknown"),
        (with(product("mill"), json!({})), "items[1].product_id", "product-discontinued"),
        (with(product("broken"), json!({})), "items[1].product_id", "amount-negative"),
        (with(product("tea"), json!({})), "items[1].product_id", "currencies-mixed"),
        (with(priced_at(5989), json!({})), "items[1].unit_price_cents", "price-mismatch"),
        (with(priced_at(0), json!({})), "items[1].unit_price_cents", "price-mismatch"),
        (with(dollars, json!({})), "items[1].currency", "currencies-mixed"),
        (with(kettle(), json!({"currency": "USD"})), "currency", "currencies-mixed"),
        (with(kettle(), json!({"total_amount_cents": 7888})), "total_amount_cents", "total-mismatch"),
    ];
    for (body, field, code) in cases {
        let refusal = priced(body, &catalog()).expect_err("a refusal").refusal();
        assert_eq!(refusal, Refusal::Invalid { field: field.to_owned(), code });
    }
}

proptest! {
    #[test]
    fn only_prices_and_totals_that_match_the_catalog_are_accepted(
        price in 0_i64..=1_000_000,
        quantity in 1_i64..=10_000,
        claimed in prop::option::of(0_i64..=1_000_000),
        off in prop::option::of(-1_i64..=1),
    ) {
        let catalog = Catalog::from([("p".parse().expect("an id"), offer("P", price, "EUR"))]);
        let item = json!({"product_id": "p", "quantity": quantity, "unit_price_cents": claimed});
        let total = off.map(|off| price * quantity + off);
        let command = priced(json!({"user_id": "u", "items": [item], "total_amount_cents": total}), &catalog);
        let agrees = claimed.is_none_or(|claimed| claimed == price) && off.is_none_or(|off| off == 0);
        prop_assert_eq!(command.is_ok(), agrees);
    }

    #[test]
    fn an_order_without_a_total_costs_the_sum_of_its_products(prices in prop::collection::vec((0_i64..=1_000_000, 1_i64..=100), 1..=50)) {
        let id = |index: usize| format!("p-{index}");
        let offers = prices.iter().enumerate().map(|(index, (price, _))| {
            (id(index).parse().expect("an id"), offer("P", *price, "EUR"))
        });
        let items: Vec<_> = prices.iter().enumerate()
            .map(|(index, (_, quantity))| json!({"product_id": id(index), "quantity": quantity})).collect();
        let event = opened(json!({"user_id": "u", "items": items}), &offers.collect());
        let sum: i64 = prices.iter().map(|(price, quantity)| price * quantity).sum();
        prop_assert_eq!(&event["total_amount_cents"], &json!(sum));
    }
}
