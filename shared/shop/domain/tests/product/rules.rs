//! Tests every command in every state: given the events so far, when a command is executed, then these events or this
//! refusal follow.

use domain::product::{
    Product, ProductCommand, ProductDraft, ProductError, ProductEvent, ProductPriceChanged,
    ProductRegistered, ProductRenamed,
};
use es_core::Decider;
use proptest::prelude::*;
use testing::given;

fn offer(name: &str, unit_price_cents: i64, currency: &str) -> ProductCommand {
    let (name, currency) = (name.to_owned(), Some(currency.to_owned()));
    let draft = ProductDraft { name, unit_price_cents, currency };
    draft.into_command("kettle".parse().expect("an id")).expect("a well-formed product")
}

fn registered() -> ProductEvent {
    ProductEvent::ProductRegistered(ProductRegistered {
        product_id: "kettle".to_owned(),
        name: "Kettle".to_owned(),
        unit_price_cents: 5990,
        currency: "EUR".to_owned(),
    })
}

fn renamed(name: &str) -> ProductEvent {
    ProductEvent::ProductRenamed(ProductRenamed { name: name.to_owned() })
}

fn price_changed(unit_price_cents: i64, currency: &str) -> ProductEvent {
    let currency = currency.to_owned();
    ProductEvent::ProductPriceChanged(ProductPriceChanged { unit_price_cents, currency })
}

fn discontinued() -> ProductEvent {
    ProductEvent::ProductDiscontinued {}
}

#[test]
fn a_missing_product_can_only_be_registered() {
    given::<Product>([]).when(offer("Kettle", 5990, "EUR")).then([registered()]);
    given::<Product>([]).when(ProductCommand::Discontinue).then_refused(ProductError::NotFound);
}

#[test]
fn registering_an_active_product_changes_only_what_differs() {
    let active = || given::<Product>([registered()]);
    active().when(offer("Kettle", 5990, "EUR")).then_nothing();
    active().when(offer("Jug", 5990, "EUR")).then([renamed("Jug")]);
    active().when(offer("Kettle", 4990, "EUR")).then([price_changed(4990, "EUR")]);
    active().when(offer("Kettle", 5990, "CHF")).then([price_changed(5990, "CHF")]);
    active().when(offer("Jug", 1, "CHF")).then([renamed("Jug"), price_changed(1, "CHF")]);
    active().when(ProductCommand::Discontinue).then([discontinued()]);
}

#[test]
fn a_registration_is_compared_with_the_latest_values() {
    let changed = || given::<Product>([registered(), renamed("Jug"), price_changed(1, "CHF")]);
    changed().when(offer("Jug", 1, "CHF")).then_nothing();
    changed().when(offer("Kettle", 1, "CHF")).then([renamed("Kettle")]);
}

#[test]
fn a_discontinued_product_stays_discontinued() {
    let gone = || given::<Product>([registered(), discontinued()]);
    gone().when(offer("Kettle", 5990, "EUR")).then_refused(ProductError::Discontinued);
    gone().when(ProductCommand::Discontinue).then_nothing();
}

proptest! {
    #[test]
    fn a_product_has_the_values_of_the_last_registration(offers in prop::collection::vec(("[a-z]{1,5}", 0_i64..100, "EUR|CHF|USD"), 1..8)) {
        let mut past = Vec::new();
        for (name, price, currency) in &offers {
            let state = past.iter().fold(<Product as Decider>::State::default(), Product::evolve);
            past.extend(Product::decide(&state, offer(name, *price, currency)).expect("accepted"));
        }
        let (name, price, currency) = offers.last().expect("one at least");
        given::<Product>(past).when(offer(name, *price, currency)).then_nothing();
    }
}
