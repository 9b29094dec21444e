//! Adds prices to an order request: those of the catalog, or those in the command.

use std::collections::BTreeMap;

use super::request::{OrderRequest, RequestedItem};
use super::{CreateOrder, MAX_TOTAL, OrderCommand, OrderItem};
use crate::product::{Offer, ProductId, ProductState};
use crate::{Currency, InvalidField, Money, MoneyError, ValueError};

/// The current state of the products in a request.
pub type Catalog = BTreeMap<ProductId, ProductState>;

impl OrderRequest {
    /// The command to create the order with the prices in `catalog`. Prices, currencies and the total in the request
    /// must agree with the catalog. All products must have the same currency.
    ///
    /// # Errors
    /// [`InvalidField`] that names an unknown or discontinued product, a product with an invalid stored price, a price,
    /// currency or total that differs, or the item at which the sum exceeds [`MAX_TOTAL`].
    pub fn at_catalog_prices(&self, catalog: &Catalog) -> Result<OrderCommand, InvalidField> {
        let mut items: Vec<OrderItem> = Vec::with_capacity(self.positions.len());
        for (index, position) in self.positions.iter().enumerate() {
            let at = |name: &str| format!("items[{index}].{name}");
            let (offer, price) = offered(catalog, &position.product_id)
                .map_err(|problem| InvalidField { field: at("product_id"), problem })?;
            let first = items.first().map(|item| item.unit_price.currency());
            one_currency(price, position.claim.currency, || at("currency"))?;
            one_currency(price, self.claim.currency, || "currency".to_owned())?;
            one_currency(price, first, || at("product_id"))?;
            if position.claim.minor.is_some_and(|claimed| claimed != price.minor()) {
                let problem = ValueError::PriceMismatch { expected: price.minor() };
                return Err(InvalidField { field: at("unit_price_cents"), problem });
            }
            let name = offer.name.clone().try_into().ok();
            items.push(OrderItem { name, unit_price: price, ..item(position, price) });
        }
        self.opened(items)
    }

    /// The command to create the order with the prices in the request. The default currency is the US dollar.
    ///
    /// # Errors
    /// [`InvalidField`] that names a missing or invalid price, a currency or total that differs, or the item at which
    /// the sum exceeds [`MAX_TOTAL`].
    pub fn at_own_prices(self) -> Result<OrderCommand, InvalidField> {
        let currency = self.claim.currency.unwrap_or_default();
        let mut items = Vec::with_capacity(self.positions.len());
        for (index, position) in self.positions.iter().enumerate() {
            let at = |name: &str| format!("items[{index}].{name}");
            one_currency(Money::zero(currency), position.claim.currency, || at("currency"))?;
            let minor = position.claim.minor.ok_or(ValueError::PriceMissing);
            let price = minor.and_then(|minor| Ok(Money::new(minor, currency)?));
            let price = price.map_err(|problem| InvalidField { field: at("unit_price_cents"), problem })?;
            items.push(item(position, price));
        }
        self.opened(items)
    }

    fn opened(&self, items: Vec<OrderItem>) -> Result<OrderCommand, InvalidField> {
        let total = sum(&items)?;
        match self.claim.minor {
            Some(claimed) if claimed != total.minor() => Err(InvalidField {
                field: "total_amount_cents".to_owned(),
                problem: ValueError::TotalMismatch { expected: total.minor() },
            }),
            Some(_) | None => {
                Ok(OrderCommand::Create(CreateOrder { user_id: self.user_id.clone(), items, total }))
            }
        }
    }
}

fn item(position: &RequestedItem, unit_price: Money) -> OrderItem {
    let RequestedItem { product_id, quantity, .. } = position;
    OrderItem { product_id: product_id.clone(), name: None, quantity: *quantity, unit_price }
}

/// The offer and the price of the product `id`.
///
/// # Errors
/// [`ValueError`] if the product is unknown or discontinued, or if its stored price is invalid.
fn offered<'c>(catalog: &'c Catalog, id: &ProductId) -> Result<(&'c Offer, Money), ValueError> {
    match catalog.get(id) {
        None | Some(ProductState::Missing) => Err(ValueError::ProductUnknown),
        Some(ProductState::Discontinued) => Err(ValueError::ProductDiscontinued),
        Some(ProductState::Active(offer)) => Ok((offer, offer.unit_price()?)),
    }
}

/// Checks that `price` has the currency `given`, if there is one.
fn one_currency(
    price: Money,
    given: Option<Currency>,
    path: impl FnOnce() -> String,
) -> Result<(), InvalidField> {
    match given {
        Some(given) if given != price.currency() => {
            Err(InvalidField::at_path(path)(MoneyError::MixedCurrencies(price.currency(), given)))
        }
        Some(_) | None => Ok(()),
    }
}

/// The sum of all items, which have the same currency.
fn sum(items: &[OrderItem]) -> Result<Money, InvalidField> {
    let currency = items.first().map(|item| item.unit_price.currency()).unwrap_or_default();
    items.iter().enumerate().try_fold(Money::zero(currency), |total, (index, item)| {
        let line = item.unit_price.times(item.quantity);
        match line.and_then(|line| total.plus(line)) {
            Ok(total) if total.minor() <= MAX_TOTAL => Ok(total),
            Ok(_) | Err(MoneyError::TooLarge) => Err(ValueError::TotalTooLarge),
            Err(problem) => Err(problem.into()),
        }
        .map_err(|problem| InvalidField { field: format!("items[{index}]"), problem })
    })
}
