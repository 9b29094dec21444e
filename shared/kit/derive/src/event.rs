//! The derive macro of `DomainEvent`. The variants of an enum define the stored event names and their schemas.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, LitInt, LitStr, Path, Variant};

use crate::personal::of_events;

pub(crate) fn expanded(input: &DeriveInput) -> Result<TokenStream, Error> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new(input.span(), "derive DomainEvent for an enum whose variants are the events"));
    };
    if !is_tagged(input) {
        let cure = "add #[serde(tag = \"type\", content = \"data\")] to the enum";
        return Err(Error::new(input.span(), cure));
    }
    let upcast = upcaster(input)?;
    let mut schemas = Vec::new();
    for variant in &data.variants {
        let (name, schema) = (variant.ident.to_string(), schema(variant)?);
        if schema > 1 && upcast.is_none() {
            let cure = "a schema above 1 needs an upcaster: add #[event(upcast = path)] to the enum";
            return Err(Error::new(variant.span(), cure));
        }
        schemas.push(quote!((#name, #schema)));
    }
    let event = &input.ident;
    let personal = of_events(event, data)?;
    let upcast = upcast.map(|path| {
        quote! {
            fn upcast(
                event_type: &str,
                schema: u32,
                data: ::serde_json::Value,
            ) -> ::core::result::Result<::serde_json::Value, ::es_core::UpcastError> {
                #path(event_type, schema, data)
            }
        }
    });
    Ok(quote! {
        impl ::es_core::DomainEvent for #event {
            const SCHEMAS: &'static [(&'static str, u32)] = &[#(#schemas),*];

            #upcast
        }

        #personal
    })
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> impl Iterator<Item = &'a Attribute> {
    attributes.iter().filter(move |attribute| attribute.path().is_ident(name))
}

/// Whether serde writes the enum as `{"type": …, "data": …}`.
fn is_tagged(input: &DeriveInput) -> bool {
    let (mut tag, mut content) = (None, None);
    for attribute in named(&input.attrs, "serde") {
        // Other serde options are ignored here. Serde itself reports errors in its attributes.
        let _ = attribute.parse_nested_meta(|meta| {
            let value = meta.value()?.parse::<LitStr>()?.value();
            if meta.path.is_ident("tag") {
                tag = Some(value);
            } else if meta.path.is_ident("content") {
                content = Some(value);
            }
            Ok(())
        });
    }
    (tag.as_deref(), content.as_deref()) == (Some("type"), Some("data"))
}

/// The path in `#[event(upcast = path)]`.
fn upcaster(input: &DeriveInput) -> Result<Option<Path>, Error> {
    let mut upcaster = None;
    for attribute in named(&input.attrs, "event") {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("upcast") {
                return Err(meta.error("unknown option: the enum only accepts #[event(upcast = path)]"));
            }
            upcaster = Some(meta.value()?.parse::<Path>()?);
            Ok(())
        })?;
    }
    Ok(upcaster)
}

/// The number in `#[event(schema = 2)]`; 1 if the variant has no such attribute.
fn schema(variant: &Variant) -> Result<u32, Error> {
    let mut schema = 1;
    for attribute in named(&variant.attrs, "event") {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("schema") {
                return Err(meta.error("unknown option: a variant only accepts #[event(schema = 2)]"));
            }
            let number: LitInt = meta.value()?.parse()?;
            schema = number.base10_parse()?;
            if schema == 0 {
                return Err(Error::new(number.span(), "schemas start at 1"));
            }
            Ok(())
        })?;
    }
    Ok(schema)
}
