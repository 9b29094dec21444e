//! The derive macro of `view_store::View`. The fields of a struct define the attributes of the view's item.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, GenericArgument, LitStr, PathArguments, Type};

/// How a field is stored: as the checkpoint, in the item's key, or as an attribute.
enum Role {
    Version,
    Id,
    Attribute { is_json: bool, is_optional: bool },
}

struct Column<'a> {
    field: &'a Field,
    ident: &'a Ident,
    role: Role,
    is_opening: bool,
}

pub(crate) fn expanded(input: &DeriveInput) -> Result<TokenStream, Error> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(input.span(), "derive View for a struct"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new(input.span(), "a view needs named fields"));
    };
    let partition = partition(input)?;
    let columns = fields.named.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let mut openings = columns.iter().filter(|column| column.is_opening);
    let (Some(opening), None) = (openings.next(), openings.next()) else {
        return Err(Error::new(input.span(), "mark exactly one field with #[view(opening)]"));
    };
    if !columns.iter().any(|column| matches!(column.role, Role::Version)) {
        return Err(Error::new(
            input.span(),
            "add the field `version: StreamVersion`, which is the view's checkpoint",
        ));
    }
    let (view, opening) = (&input.ident, opening.ident.to_string());
    let constants = columns.iter().filter_map(constant);
    let reads = columns.iter().map(read);
    let writes = columns.iter().filter_map(write);
    Ok(quote! {
        impl ::es_core::Versioned for #view {
            fn version(&self) -> ::es_core::StreamVersion {
                self.version
            }
        }

        impl #view {
            #(#constants)*
        }

        impl ::view_store::View for #view {
            const PARTITION: &'static str = #partition;

            fn from_item(
                item: &::view_store::AttributeMap,
            ) -> ::core::result::Result<::core::option::Option<Self>, ::view_store::CorruptItem> {
                let item = ::view_store::Item(item);
                if !item.has(#opening) {
                    return ::core::result::Result::Ok(::core::option::Option::None);
                }
                ::core::result::Result::Ok(::core::option::Option::Some(Self { #(#reads),* }))
            }

            fn whole(&self) -> ::view_store::Change<Self> {
                ::view_store::Change::default() #(#writes)*
            }
        }
    })
}

/// The value of `#[view(partition = "…")]`.
fn partition(input: &DeriveInput) -> Result<LitStr, Error> {
    let mut partition = None;
    for attribute in view_options(&input.attrs) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("partition") {
                return Err(
                    meta.error("unknown option: the struct only accepts #[view(partition = \"account\")]")
                );
            }
            partition = Some(meta.value()?.parse::<LitStr>()?);
            Ok(())
        })?;
    }
    let is_valid = |name: &LitStr| !name.value().is_empty() && !name.value().contains('#');
    match partition {
        Some(name) if is_valid(&name) => Ok(name),
        Some(name) => Err(Error::new(name.span(), "the partition must not be empty and must not contain #")),
        None => Err(Error::new(input.span(), "add #[view(partition = \"account\")] to the struct")),
    }
}

fn view_options(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("view"))
}

fn column(field: &Field) -> Result<Column<'_>, Error> {
    let Some(ident) = &field.ident else {
        return Err(Error::new(field.span(), "a view needs named fields"));
    };
    if let Some(name) = ["pk", "sk", "timeline"].into_iter().find(|name| ident == name) {
        let message =
            format!("the attribute `{name}` belongs to the key or the checkpoint: rename the field");
        return Err(Error::new(field.span(), message));
    }
    let (mut is_id, mut is_json, mut is_opening) = (false, false, false);
    for attribute in view_options(&field.attrs) {
        attribute.parse_nested_meta(|meta| {
            let flag = match meta.path.get_ident().map(ToString::to_string).as_deref() {
                Some("id") => &mut is_id,
                Some("json") => &mut is_json,
                Some("opening") => &mut is_opening,
                _ => return Err(meta.error("unknown option: a field accepts id, json or opening")),
            };
            *flag = true;
            Ok(())
        })?;
    }
    let role = match (ident == "version", is_id) {
        (true, false) => Role::Version,
        (false, true) => Role::Id,
        (true, true) => return Err(Error::new(field.span(), "the field `version` cannot be the id")),
        (false, false) => Role::Attribute { is_json, is_optional: in_option(&field.ty).is_some() },
    };
    let is_plain = matches!(role, Role::Attribute { is_optional: false, .. });
    if is_opening && !is_plain || is_json && !matches!(role, Role::Attribute { .. }) {
        return Err(Error::new(
            field.span(),
            "opening needs an attribute that is not an Option; json needs an attribute",
        ));
    }
    Ok(Column { field, ident, role, is_opening })
}

/// The type `T` if `written` is `Option<T>`.
fn in_option(written: &Type) -> Option<&Type> {
    let Type::Path(path) = written else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// The constant that names the field's attribute in a change.
fn constant(column: &Column<'_>) -> Option<TokenStream> {
    let Role::Attribute { is_json, .. } = column.role else { return None };
    let Field { vis, ty, attrs, .. } = column.field;
    let docs = attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let written = in_option(ty).unwrap_or(ty);
    // A change takes the value of a `String` field as `&str`.
    let value = if is_string(written) { quote!(str) } else { quote!(#written) };
    let (constant, name) = (constant_of(column), column.ident.to_string());
    let new = if is_json { quote!(json) } else { quote!(new) };
    Some(quote_spanned! { column.field.span() =>
        #(#docs)*
        #vis const #constant: ::view_store::Field<Self, #value> = ::view_store::Field::#new(#name);
    })
}

fn constant_of(column: &Column<'_>) -> Ident {
    format_ident!("{}", column.ident.to_string().to_uppercase(), span = column.ident.span())
}

fn is_string(written: &Type) -> bool {
    let Type::Path(path) = written else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "String")
}

/// The code that reads the field from an item.
fn read(column: &Column<'_>) -> TokenStream {
    let (ident, name) = (column.ident, column.ident.to_string());
    let value = match column.role {
        Role::Version => quote!(::es_core::StreamVersion::new(item.number(::view_store::VERSION)?)),
        Role::Id => quote!(::view_store::id_in_key(item, <Self as ::view_store::View>::PARTITION)?),
        Role::Attribute { is_json: false, is_optional: false } => quote!(item.value(#name)?),
        Role::Attribute { is_json: true, is_optional: false } => quote!(item.json(#name)?),
        Role::Attribute { is_json: false, is_optional: true } => {
            quote!(if item.has(#name) { ::core::option::Option::Some(item.value(#name)?) } else { ::core::option::Option::None })
        }
        Role::Attribute { is_json: true, is_optional: true } => {
            quote!(if item.has(#name) { ::core::option::Option::Some(item.json(#name)?) } else { ::core::option::Option::None })
        }
    };
    quote!(#ident: #value)
}

/// The code that adds the field to a change that writes the whole view.
fn write(column: &Column<'_>) -> Option<TokenStream> {
    let Role::Attribute { .. } = column.role else { return None };
    let (ident, constant) = (column.ident, constant_of(column));
    Some(match in_option(&column.field.ty) {
        None => quote!(.set(Self::#constant, &self.#ident)),
        Some(inner) if is_string(inner) => quote!(.set_or_remove(Self::#constant, self.#ident.as_deref())),
        Some(_) => quote!(.set_or_remove(Self::#constant, self.#ident.as_ref())),
    })
}
