//! Tests that value types accept valid values only.

use domain::order::{OrderStatus, UserId};
use domain::{
    Carrier, Currency, Money, MoneyError, Quantity, QuantityError, ShipmentError, Text, TextError,
    TrackingNumber, ValueError, personal_fields,
};
use proptest::prelude::*;

#[test]
fn a_value_is_written_as_it_was_read() {
    assert_eq!(Currency::EUR.to_string(), "EUR");
    let carrier = Carrier::try_from("DHL".to_owned()).expect("a carrier");
    assert_eq!((carrier.as_str(), carrier.to_string()), ("DHL", "DHL".to_owned()));
    let number = TrackingNumber::try_from("JD0146".to_owned()).expect("a tracking number");
    assert_eq!((number.as_str(), number.to_string()), ("JD0146", "JD0146".to_owned()));
    let user = UserId::try_from("user-1".to_owned()).expect("a user id");
    assert_eq!((user.as_str(), user.to_string()), ("user-1", "user-1".to_owned()));
    assert_eq!("a b".parse::<Text<3>>().expect("a text").to_string(), "a b");
}

#[test]
fn a_status_is_read_from_its_name() {
    let names = ["pending", "confirmed", "shipped", "delivered", "cancelled"];
    for (status, name) in OrderStatus::ALL.into_iter().zip(names) {
        assert_eq!((status.to_string().as_str(), name.parse()), (name, Ok(status)));
    }
    assert!("Pending".parse::<OrderStatus>().is_err());
}

#[test]
fn each_invalid_value_has_its_code() {
    for (error, code) in [
        (ValueError::Text(TextError::Empty), "text-empty"),
        (ValueError::Text(TextError::TooLong(1)), "text-too-long"),
        (ValueError::Text(TextError::TooManyBytes(1)), "text-too-long"),
        (ValueError::Text(TextError::Unclean), "text-unclean"),
        (ValueError::Quantity(QuantityError), "quantity-out-of-range"),
        (ValueError::Money(MoneyError::Negative), "amount-negative"),
        (ValueError::Money(MoneyError::MixedCurrencies(Currency::EUR, Currency::USD)), "currencies-mixed"),
        (ValueError::Shipment(ShipmentError::Carrier), "carrier-malformed"),
        (ValueError::TotalMismatch { expected: 1 }, "total-mismatch"),
    ] {
        assert_eq!(error.code(), code);
    }
}

#[test]
fn the_personal_fields_of_every_aggregate_are_known() {
    let fields = personal_fields();
    for path in ["OrderCreated.user_id", "OrderCancelled.reason"] {
        assert!(fields.iter().any(|field| field.path == path), "{path} in {fields:?}");
    }
}

#[test]
fn money_refuses_mixed_currencies_and_amounts_out_of_range() {
    let euros = |minor| Money::new(minor, Currency::EUR).expect("an amount");
    assert_eq!(euros(1).plus(euros(2)), Ok(euros(3)));
    let dollar = Money::new(1, Currency::USD).expect("an amount");
    assert_eq!(euros(1).plus(dollar), Err(MoneyError::MixedCurrencies(Currency::EUR, Currency::USD)));
    assert_eq!(Money::new(-1, Currency::EUR), Err(MoneyError::Negative));
    assert_eq!(euros(Money::MAX_MINOR).plus(euros(1)), Err(MoneyError::TooLarge));
    let two = Quantity::try_from(2).expect("two");
    assert_eq!(euros(Money::MAX_MINOR).times(two), Err(MoneyError::TooLarge));
    let stored = serde_json::json!({"minor": -5, "currency": "EUR"});
    assert!(serde_json::from_value::<Money>(stored).is_err());
}

#[test]
fn a_currency_is_an_active_code() {
    for code in ["EUR", "USD", "JPY", "CHF"] {
        assert_eq!(code.parse::<Currency>().map(Currency::code), Ok(code));
    }
    for code in ["", "eur", "EURO", "XAU", "ZZZ", "DEM"] {
        assert!(code.parse::<Currency>().is_err(), "{code}");
    }
}

#[test]
fn a_currency_has_the_decimals_of_iso_4217() {
    let with = |decimals: u8, codes: &str| {
        for code in codes.split(' ') {
            let currency: Currency = code.parse().expect("an active code");
            assert_eq!(currency.decimals(), decimals, "{code}");
        }
    };
    with(0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF");
    with(2, "EUR USD GBP CHF HUF IDR IRR LBP MGA MRU");
    with(3, "BHD IQD JOD KWD LYD OMR TND");
}

#[test]
fn a_text_has_no_invisible_characters() {
    let text = |text: String| Text::<10>::try_from(text);
    for unseen in
        "\0\r\n\t\u{7f}\u{85}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}\u{202e}\u{2060}\u{2066}\u{feff}\u{fffd}"
            .chars()
    {
        assert_eq!(text(format!("a{unseen}b")), Err(TextError::Unclean), "{unseen:?}");
    }
    // A joiner combines several characters into one sign, and a combining mark belongs to its letter.
    for seen in ["👩\u{200d}🚀", "می\u{200c}خواهم", "e\u{301}", "a b", "кettle"] {
        assert!(text(seen.to_owned()).is_ok(), "{seen}");
    }
    assert_ne!(text("é".to_owned()), text("e\u{301}".to_owned()));
}

proptest! {
    #[test]
    fn money_adds_and_multiplies_exactly_or_fails(a in 0..=Money::MAX_MINOR, b in 0..=Money::MAX_MINOR, n in 1_i64..=10_000) {
        let money = |minor| Money::new(minor, Currency::EUR);
        let sum = money(a).and_then(|a| a.plus(money(b)?));
        prop_assert_eq!(sum, money(a + b));
        let product = money(a).and_then(|a| a.times(Quantity::try_from(n).expect("in range")));
        let exact = i128::from(a) * i128::from(n);
        prop_assert_eq!(product.ok().map(|money| i128::from(money.minor())), (exact <= i128::from(Money::MAX_MINOR)).then_some(exact));
    }

    #[test]
    fn a_quantity_is_one_to_ten_thousand(pieces: i64) {
        prop_assert_eq!(Quantity::try_from(pieces).is_ok(), (1..=10_000).contains(&pieces));
    }

    #[test]
    fn a_text_is_unchanged(text in ".{0,12}") {
        if let Ok(kept) = Text::<10>::try_from(text.clone()) {
            prop_assert!(kept.as_str().chars().count() <= 10 && !kept.as_str().is_empty());
            prop_assert_eq!(String::from(kept), text);
        }
    }
}
