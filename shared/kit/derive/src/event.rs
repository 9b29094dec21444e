//! The derive of `DomainEvent`: an enum is the list of stored names with their schemas.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, LitInt, LitStr, Path, Variant};

pub(crate) fn expanded(input: &DeriveInput) -> Result<TokenStream, Error> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new(input.span(), "events are the variants of an enum"));
    };
    if !is_tagged(input) {
        let cure = "events are stored with #[serde(tag = \"type\", content = \"data\")]";
        return Err(Error::new(input.span(), cure));
    }
    let upcast = upcaster(input)?;
    let mut schemas = Vec::new();
    for variant in &data.variants {
        let (name, schema) = (variant.ident.to_string(), schema(variant)?);
        if schema > 1 && upcast.is_none() {
            let cure = "a later schema needs an upcaster: #[event(upcast = path)] on the enum";
            return Err(Error::new(variant.span(), cure));
        }
        schemas.push(quote!((#name, #schema)));
    }
    let event = &input.ident;
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
    })
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> impl Iterator<Item = &'a Attribute> {
    attributes.iter().filter(move |attribute| attribute.path().is_ident(name))
}

/// Whether serde writes the enum as `{"type": …, "data": …}`.
fn is_tagged(input: &DeriveInput) -> bool {
    let (mut tag, mut content) = (None, None);
    for attribute in named(&input.attrs, "serde") {
        // What else serde is told is not looked at; an error of its own is serde's to report.
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

/// The path of `#[event(upcast = path)]`.
fn upcaster(input: &DeriveInput) -> Result<Option<Path>, Error> {
    let mut upcaster = None;
    for attribute in named(&input.attrs, "event") {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("upcast") {
                return Err(meta.error("the enum of events says #[event(upcast = path)]"));
            }
            upcaster = Some(meta.value()?.parse::<Path>()?);
            Ok(())
        })?;
    }
    Ok(upcaster)
}

/// The number of `#[event(schema = 2)]`; 1 without it.
fn schema(variant: &Variant) -> Result<u32, Error> {
    let mut schema = 1;
    for attribute in named(&variant.attrs, "event") {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("schema") {
                return Err(meta.error("an event says #[event(schema = 2)]"));
            }
            let number: LitInt = meta.value()?.parse()?;
            schema = number.base10_parse()?;
            if schema == 0 {
                return Err(Error::new(number.span(), "schemas begin with 1"));
            }
            Ok(())
        })?;
    }
    Ok(schema)
}
