//! Drafts: commands as callers write them, and the way from there to well-formed ones.

use serde::Deserialize;

use super::error::{InvalidField, ValueError};
use super::{CreateOrder, OrderCommand, OrderItem};
use crate::{Currency, Money, MoneyError, Quantity};

/// The most positions in one order.
pub const MAX_ITEMS: usize = 100;

/// An order as a caller writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderDraft {
    /// Whose order it is.
    pub user_id: String,
    /// 1 to [`MAX_ITEMS`] positions.
    pub items: Vec<ItemDraft>,
    /// What the caller takes the sum to be, in minor units; checked where given.
    #[serde(default)]
    pub total_amount_cents: Option<i64>,
    /// The currency of all prices; US dollars where absent.
    #[serde(default)]
    pub currency: Option<String>,
}

/// One position as a caller writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemDraft {
    /// What is ordered.
    pub product_id: String,
    /// How many pieces.
    pub quantity: i64,
    /// The price of one piece, in minor units.
    pub unit_price_cents: i64,
    /// The price's currency; the order's where absent.
    #[serde(default)]
    pub currency: Option<String>,
}

/// A shipment as a caller writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipmentDraft {
    /// The parcel's number.
    pub tracking_number: String,
    /// Who carries it.
    pub carrier: String,
}

/// A cancellation as a caller writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancellationDraft {
    /// Why, where the caller says.
    #[serde(default)]
    pub reason: Option<String>,
}

impl TryFrom<OrderDraft> for OrderCommand {
    type Error = InvalidField;

    fn try_from(draft: OrderDraft) -> Result<Self, Self::Error> {
        let user_id = draft.user_id.try_into().map_err(InvalidField::at("user_id"))?;
        let currency = currency(draft.currency, Currency::default()).map_err(InvalidField::at("currency"))?;
        let items = items(draft.items, currency)?;
        let total = sum(&items, currency)?;
        match draft.total_amount_cents {
            Some(claimed) if claimed != total.minor() => Err(InvalidField {
                field: "total_amount_cents".to_owned(),
                problem: ValueError::TotalMismatch { expected: total.minor() },
            }),
            Some(_) | None => Ok(Self::Create(CreateOrder { user_id, items, total })),
        }
    }
}

impl TryFrom<ShipmentDraft> for OrderCommand {
    type Error = InvalidField;

    fn try_from(draft: ShipmentDraft) -> Result<Self, Self::Error> {
        let tracking_number =
            draft.tracking_number.try_into().map_err(InvalidField::at("tracking_number"))?;
        let carrier = draft.carrier.try_into().map_err(InvalidField::at("carrier"))?;
        Ok(Self::Ship { tracking_number, carrier })
    }
}

impl TryFrom<CancellationDraft> for OrderCommand {
    type Error = InvalidField;

    fn try_from(draft: CancellationDraft) -> Result<Self, Self::Error> {
        let reason = draft.reason.map(TryInto::try_into).transpose().map_err(InvalidField::at("reason"))?;
        Ok(Self::Cancel { reason })
    }
}

fn items(drafts: Vec<ItemDraft>, currency: Currency) -> Result<Vec<OrderItem>, InvalidField> {
    let problem = match drafts.len() {
        0 => ValueError::NoItems,
        1..=MAX_ITEMS => {
            return drafts.into_iter().enumerate().map(|(i, draft)| item(i, draft, currency)).collect();
        }
        _ => ValueError::TooManyItems,
    };
    Err(InvalidField { field: "items".to_owned(), problem })
}

fn item(index: usize, draft: ItemDraft, order: Currency) -> Result<OrderItem, InvalidField> {
    let at = |name: &str| format!("items[{index}].{name}");
    let product_id = draft.product_id.try_into().map_err(InvalidField::at(at("product_id")))?;
    let quantity = Quantity::try_from(draft.quantity).map_err(InvalidField::at(at("quantity")))?;
    let currency = currency(draft.currency, order).map_err(InvalidField::at(at("currency")))?;
    if currency != order {
        return Err(InvalidField::at(at("currency"))(MoneyError::MixedCurrencies(order, currency)));
    }
    let unit_price =
        Money::new(draft.unit_price_cents, currency).map_err(InvalidField::at(at("unit_price_cents")))?;
    Ok(OrderItem { product_id, quantity, unit_price })
}

fn sum(items: &[OrderItem], currency: Currency) -> Result<Money, InvalidField> {
    items.iter().enumerate().try_fold(Money::zero(currency), |total, (index, item)| {
        let line = item.unit_price.times(item.quantity);
        line.and_then(|line| total.plus(line)).map_err(InvalidField::at(format!("items[{index}]")))
    })
}

fn currency(code: Option<String>, default: Currency) -> Result<Currency, crate::UnknownCurrency> {
    code.map_or(Ok(default), TryInto::try_into)
}
