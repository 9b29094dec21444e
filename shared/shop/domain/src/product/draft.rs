//! The unchecked body of a product, and its conversion into a well-formed command.

use serde::Deserialize;

use super::{ProductCommand, ProductId, RegisterProduct};
use crate::{Currency, InvalidField, Money};

/// The unchecked body of a registration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductDraft {
    /// The product's name, 1 to 200 characters.
    pub name: String,
    /// The price of one piece in minor units, 0 to [`Money::MAX_MINOR`].
    pub unit_price_cents: i64,
    /// The ISO 4217 code of the price's currency; `USD` by default.
    #[serde(default)]
    pub currency: Option<String>,
}

impl ProductDraft {
    /// The command to register the product `product_id` with this data.
    ///
    /// # Errors
    /// [`InvalidField`] that names the invalid field.
    pub fn into_command(self, product_id: ProductId) -> Result<ProductCommand, InvalidField> {
        let name = self.name.try_into().map_err(InvalidField::at("name"))?;
        let currency = self.currency.map_or(Ok(Currency::default()), TryInto::try_into);
        let currency = currency.map_err(InvalidField::at("currency"))?;
        let unit_price =
            Money::new(self.unit_price_cents, currency).map_err(InvalidField::at("unit_price_cents"))?;
        Ok(ProductCommand::Register(RegisterProduct { product_id, name, unit_price }))
    }
}
