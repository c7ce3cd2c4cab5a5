//! Styles and picture of the server. Their URLs contain a hash, so browsers keep them for good.

use poem::{Response, handler, http::header, web::Path};
use serde_json::json;

use crate::{
    accounts::Admin,
    admin::{Brand, http::settings},
    app::App,
    avatars::PictureForm,
    error::{Error, Result},
    settings::Accent,
    web::{
        form_error::FormError, framed::Framed, raw_file::RawFile, reply::Reply, state::State,
        wants::Wants,
    },
};

/// `GET /brand/{file}`: the accent color or the custom CSS as a stylesheet, or the picture.
#[handler]
pub async fn file(
    Path(file): Path<String>,
    State((app, brand)): State<(App, Brand)>,
) -> Result<Response> {
    let path = format!("/brand/{file}");
    let settings = app.settings.current();
    if let Some(color) = file.strip_prefix("accent-") {
        let color = color.strip_suffix(".css").ok_or(Error::NotFound)?;
        let accent = Accent::parse(&format!("#{color}")).map_err(|_| Error::NotFound)?;
        return Ok(immutable("text/css; charset=utf-8", accent.styles()));
    }
    if settings.custom_css.url().as_deref() == Some(&path) {
        let css = settings.custom_css.text().to_owned();
        return Ok(immutable("text/css; charset=utf-8", css));
    }
    let (bytes, media_type) = brand.logo(&path).await?;
    let mut response = immutable(media_type, bytes);
    response.extensions_mut().insert(RawFile);
    Ok(response)
}

fn immutable(content_type: &str, body: impl Into<poem::Body>) -> Response {
    let cache = "public, max-age=31536000, immutable";
    let response = Response::builder().content_type(content_type);
    response.header(header::CACHE_CONTROL, cache).body(body)
}

/// `POST /admin/settings/logo`: sets the picture of the server.
#[handler]
pub async fn set_logo(
    admin: Admin,
    wants: Wants,
    PictureForm(square): PictureForm,
    State((app, brand)): State<(App, Brand)>,
) -> Result<Reply> {
    let set = match square {
        Ok(square) => brand.set_logo(&admin, Some(square)).await,
        Err(error) => Err(error),
    };
    match set {
        Ok(()) => Ok(answer(wants, &app)),
        Err(error) if wants == Wants::Page && error.is_shown_in_form() => {
            let page = settings::page(&app, false).await?;
            let page = page.refused(FormError::at("logo", error.clone()));
            let framed = Framed::new(admin.user().viewer(), "Settings", settings::ADDRESS, &page)?;
            Ok(framed.refused(&error).into())
        }
        Err(error) => Err(error),
    }
}

/// `DELETE /admin/settings/logo`, and `POST /admin/settings/logo/removal` for forms: removes the picture.
#[handler]
pub async fn remove_logo(
    admin: Admin,
    wants: Wants,
    State((app, brand)): State<(App, Brand)>,
) -> Result<Reply> {
    brand.set_logo(&admin, None).await?;
    Ok(answer(wants, &app))
}

fn answer(wants: Wants, app: &App) -> Reply {
    match wants {
        Wants::Json => Reply::json(&json!({ "picture": app.settings.current().logo_url() })),
        Wants::Page | Wants::Fragment => Reply::see_other("/admin/settings?saved=1"),
    }
}
