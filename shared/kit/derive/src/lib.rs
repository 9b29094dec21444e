//! The kit's derives: an enum of events, and a struct that is a view.

mod event;
mod view;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error};

/// Implements `es_core::DomainEvent` for an enum whose variants are the events of one aggregate, under their stored names.
///
/// The enum is serialized with `#[serde(tag = "type", content = "data")]`. A variant is at schema 1, or at the one that
/// `#[event(schema = 2)]` says. If any is at a later one, the enum says `#[event(upcast = path)]`: the function that
/// implements `DomainEvent::upcast`.
#[proc_macro_derive(DomainEvent, attributes(event))]
pub fn domain_event(input: TokenStream) -> TokenStream {
    derived(input, event::expanded)
}

/// Implements `view_store::View` and `es_core::Versioned` for a struct with named fields.
///
/// Every field is an attribute of the view's item, under the field's name. For each the struct gets a constant of the
/// same name in capitals, which names the attribute in a `view_store::Change`. An `Option` may be absent.
///
/// The struct says `#[view(partition = "account")]`: the partition keys of its items begin with `account#`. The field
/// `version` is the view's checkpoint. Other fields can carry:
/// - `#[view(opening)]`, exactly one: the first event of a stream sets this attribute. An item without it is not a view
///   yet, only a checkpoint.
/// - `#[view(id)]`, at most one: the id of the stream, read from the item's key.
/// - `#[view(json)]`: the attribute is a text that holds JSON. DynamoDB counts fewer bytes for it than for a list of
///   maps, but cannot append to it.
#[proc_macro_derive(View, attributes(view))]
pub fn view(input: TokenStream) -> TokenStream {
    derived(input, view::expanded)
}

fn derived(
    input: TokenStream,
    expanded: fn(&DeriveInput) -> Result<proc_macro2::TokenStream, Error>,
) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expanded(&input).unwrap_or_else(Error::into_compile_error).into()
}
