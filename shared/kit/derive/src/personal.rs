//! The derive macro of `PersonalFields`: the attributes of the fields say which of them are personal.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Field, Fields, Ident, LitStr};

/// What a field's attribute says.
enum Declaration {
    /// `#[personal(no)]`.
    NotPersonal,
    /// A kind with its reason, such as `#[personal(subject = "…")]`.
    Personal { kind: TokenStream, reason: LitStr },
    /// Without an attribute, the field's type decides.
    AsItsType,
}

pub(crate) fn expanded(input: &DeriveInput) -> Result<TokenStream, Error> {
    let Data::Struct(data) = &input.data else {
        let cure = "derive PersonalFields for a struct; DomainEvent implements it for an enum of events";
        return Err(Error::new(input.span(), cure));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new(input.span(), "PersonalFields needs named fields"));
    };
    Ok(implementation(&input.ident, &personal(fields.named.iter())?))
}

/// The implementation for the enum `events`. Each variant has the fields of one event, or one struct with the fields.
pub(crate) fn of_events(events: &Ident, data: &DataEnum) -> Result<TokenStream, Error> {
    let mut groups = Vec::new();
    for variant in &data.variants {
        let name = variant.ident.to_string();
        let fields = match &variant.fields {
            Fields::Unit => continue,
            Fields::Named(fields) => concatenated(&personal(fields.named.iter())?),
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => of_type(&fields.unnamed[0]),
            Fields::Unnamed(_) => {
                return Err(Error::new(variant.span(), "an event has named fields, or one struct with them"));
            }
        };
        groups.push(quote!(::es_core::PersonalField::within(#name, #fields)));
    }
    Ok(implementation(events, &groups))
}

fn implementation(name: &Ident, groups: &[TokenStream]) -> TokenStream {
    let all = concatenated(groups);
    quote! {
        impl ::es_core::PersonalFields for #name {
            fn personal_fields() -> ::std::vec::Vec<::es_core::PersonalField> {
                #all
            }
        }
    }
}

/// One list of the lists `groups`.
fn concatenated(groups: &[TokenStream]) -> TokenStream {
    quote! {{
        let groups: &[::std::vec::Vec<::es_core::PersonalField>] = &[#(#groups),*];
        groups.concat()
    }}
}

/// For each field that may be personal, the list of its personal fields.
fn personal<'a>(fields: impl Iterator<Item = &'a Field>) -> Result<Vec<TokenStream>, Error> {
    let mut groups = Vec::new();
    for field in fields {
        let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        match declaration(field)? {
            Declaration::NotPersonal => {}
            Declaration::Personal { kind, reason } => groups.push(quote! {
                ::std::vec![::es_core::PersonalField::new(#name, ::es_core::PersonalKind::#kind, #reason)]
            }),
            Declaration::AsItsType => {
                let fields = of_type(field);
                groups.push(quote!(::es_core::PersonalField::within(#name, #fields)));
            }
        }
    }
    Ok(groups)
}

/// The personal fields of the field's type. The span lets the compiler point at the type if it does not declare them.
fn of_type(field: &Field) -> TokenStream {
    let written = &field.ty;
    quote_spanned!(written.span() => <#written as ::es_core::PersonalFields>::personal_fields())
}

fn declaration(field: &Field) -> Result<Declaration, Error> {
    let mut declared = Declaration::AsItsType;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("personal")) {
        attribute.parse_nested_meta(|meta| {
            if !matches!(declared, Declaration::AsItsType) {
                return Err(meta.error("a field has one declaration"));
            }
            let kind = match meta.path.get_ident().map(ToString::to_string).as_deref() {
                Some("no") => {
                    declared = Declaration::NotPersonal;
                    return Ok(());
                }
                Some("subject") => quote!(Subject),
                Some("free_text") => quote!(FreeText),
                Some("reference") => quote!(Reference),
                Some("derived") => quote!(Derived),
                _ => {
                    return Err(meta.error(
                        "unknown option: a field accepts no, subject, free_text, reference or derived",
                    ));
                }
            };
            let reason: LitStr = meta.value()?.parse()?;
            if reason.value().trim().is_empty() {
                return Err(Error::new(reason.span(), "say why the field is personal"));
            }
            declared = Declaration::Personal { kind, reason };
            Ok(())
        })?;
        if matches!(declared, Declaration::AsItsType) {
            return Err(Error::new(attribute.span(), "say #[personal(no)], or a kind with its reason"));
        }
    }
    Ok(declared)
}
