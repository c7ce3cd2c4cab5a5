//! HTTP handlers for the custom emoji page. All users see the list, and admins can change it.

use poem::{
    handler,
    http::StatusCode,
    web::{Path, Query},
};
use serde::Deserialize;

use super::form::EmojiForm;
use crate::{
    accounts::User,
    emoji::{
        CustomEmoji, EmojiAdmin, EmojiCatalog, EmojiName,
        html::{EmojiPage, Outcome},
        json::CustomEmojiJson,
    },
    error::{Error, Result},
    web::{form_error::FormError, framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// URL path of the page.
pub const ADDRESS: &str = "/emoji/custom";

/// Query parameters that name the change to confirm.
#[derive(Deserialize)]
pub struct LastChange {
    added: Option<String>,
    removed: Option<String>,
}

/// `GET /emoji/custom`: the custom emoji page.
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    Query(last): Query<LastChange>,
    State(catalog): State<EmojiCatalog>,
) -> Result<Reply> {
    let page = EmojiPage::new(&user, catalog.listed().await?);
    if wants == Wants::Json {
        return Ok(Reply::json(&page.json()));
    }
    let page = page.with_outcome(match last {
        LastChange {
            added: Some(name), ..
        } => Some(Outcome::Added(name)),
        LastChange {
            removed: Some(name),
            ..
        } => Some(Outcome::Removed(name)),
        _ => None,
    });
    Ok(framed(&user, &page)?.into())
}

/// `POST /emoji/custom`: adds an emoji from a form with a name and a picture.
#[handler]
pub async fn add(
    EmojiForm {
        admin,
        name,
        picture,
    }: EmojiForm,
    wants: Wants,
    State(catalog): State<EmojiCatalog>,
) -> Result<Reply> {
    match (try_add(&catalog, &admin, &name, picture).await, wants) {
        (Ok(added), Wants::Json) => {
            let added = CustomEmojiJson::from(&added);
            Ok(Reply::json_with(StatusCode::CREATED, &added))
        }
        (Ok(added), _) => Ok(Reply::see_other(&format!("{ADDRESS}?added={}", added.name))),
        (Err(refused), Wants::Page) if refused.error.is_shown_in_form() => {
            let error = refused.error.clone();
            let listed = catalog.listed().await?;
            let page = EmojiPage::new(admin.user(), listed).refused(name, refused);
            Ok(framed(admin.user(), &page)?.refused(&error).into())
        }
        (Err(refused), _) => Err(refused.error),
    }
}

async fn try_add(
    catalog: &EmojiCatalog,
    admin: &EmojiAdmin,
    name: &str,
    picture: Vec<u8>,
) -> Result<CustomEmoji, FormError> {
    let name = EmojiName::parse(name).map_err(|error| FormError::at("name", error))?;
    if picture.is_empty() {
        let why = "Choose a picture.";
        return Err(FormError::at("picture", Error::Invalid(why.into())));
    }
    let added = catalog.add(admin, name, picture).await;
    added.map_err(|error| match error {
        Error::Conflict(_) => FormError::at("name", error),
        error => FormError::at("picture", error),
    })
}

/// `DELETE /emoji/custom/{emoji}`, and `POST /emoji/custom/{emoji}/deletion` for forms: removes an emoji.
#[handler]
pub async fn remove(
    admin: EmojiAdmin,
    wants: Wants,
    Path(name): Path<String>,
    State(catalog): State<EmojiCatalog>,
) -> Result<Reply> {
    catalog.remove(&admin, &name).await?;
    Ok(Reply::done(wants, &format!("{ADDRESS}?removed={name}")))
}

fn framed(user: &User, page: &EmojiPage) -> Result<Framed> {
    Framed::new(user.viewer(), "Custom emoji", ADDRESS, page)
}
