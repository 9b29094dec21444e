//! The derive macros of the kit: for an enum of events, for the data of an event, and for a struct that is a view.

mod event;
mod personal;
mod view;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error};

/// Implements `es_core::DomainEvent` for an enum. The variants are the events of one aggregate, and their names are
/// stored.
///
/// The enum needs `#[serde(tag = "type", content = "data")]`. A variant has schema 1 unless `#[event(schema = 2)]` sets
/// another number. If any variant has a schema above 1, the enum needs `#[event(upcast = path)]` with the path of the
/// function that implements `DomainEvent::upcast`.
///
/// The macro also implements `es_core::PersonalFields`. A struct in a variant must implement that trait too, and the fields
/// of a variant are declared like those of such a struct.
#[proc_macro_derive(DomainEvent, attributes(event, personal))]
pub fn domain_event(input: TokenStream) -> TokenStream {
    derived(input, event::expanded)
}

/// Implements `es_core::PersonalFields` for a struct with named fields, such as the data of an event.
///
/// Every field of another type than a number, a truth value or a time says whether it is personal:
/// - `#[personal(no)]`: the field is not personal.
/// - `#[personal(subject = "…")]`: the id of a person at the identity provider, with the reason.
/// - `#[personal(free_text = "…")]`: a text that a person writes.
/// - `#[personal(reference = "…")]`: another system finds a person, or a person's request, under the value.
/// - `#[personal(derived = "…")]`: the value is computed from personal values.
///
/// A field whose type implements the trait itself needs no attribute.
#[proc_macro_derive(PersonalFields, attributes(personal))]
pub fn personal_fields(input: TokenStream) -> TokenStream {
    derived(input, personal::expanded)
}

/// Implements `view_store::View` and `es_core::Versioned` for a struct with named fields.
///
/// Every field is an attribute of the view's item, under the field's name. The struct gets a constant for each
/// attribute with the field's name in capitals. A `view_store::Change` names the attribute by this constant. A field of
/// the type `Option` is optional in the item.
///
/// `#[view(partition = "account")]` on the struct means that the partition keys of the items start with `account#`. The
/// field `version` is the view's checkpoint. Other fields accept these options:
/// - `#[view(opening)]`, on exactly one field: the first event of a stream sets this attribute. An item without the
///   attribute holds only a checkpoint and no view yet.
/// - `#[view(id)]`, on at most one field: the field is the id of the stream, read from the item's key.
/// - `#[view(json)]`: the attribute is a string that holds JSON. DynamoDB counts fewer bytes for the string than for a
///   list of maps, but a change cannot append to it.
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
