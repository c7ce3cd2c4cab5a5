//! Preferences of a user: how pages look.

use askama::Template;
use poem::{handler, web::Query};
use serde::Deserialize;
use serde_json::json;

use crate::{
    accounts::{Accounts, User},
    error::Result,
    web::{
        appearance::Appearance, body::FormOrJson, framed::Framed, reply::Reply, state::State,
        wants::Wants,
    },
};

/// Page with the form.
#[derive(Template)]
#[template(path = "accounts/preferences.html")]
struct PreferencesPage {
    appearance: Appearance,
    saved: bool,
}

#[derive(Deserialize)]
pub struct Saved {
    saved: Option<String>,
}

/// Choices from the form or as JSON; a missing one stays as it is.
#[derive(Deserialize)]
pub struct AppearanceForm {
    theme: Option<String>,
    density: Option<String>,
    clock: Option<String>,
}

impl AppearanceForm {
    fn parse(&self, before: Appearance) -> Result<Appearance> {
        Appearance::parse(
            self.theme.as_deref().unwrap_or(before.theme.name()),
            self.density.as_deref().unwrap_or(before.density.name()),
            self.clock.as_deref().unwrap_or(before.clock.name()),
        )
    }
}

/// `GET /preferences`
#[handler]
pub async fn show(user: User, wants: Wants, Query(query): Query<Saved>) -> Result<Reply> {
    if wants == Wants::Json {
        return Ok(as_json(user.appearance));
    }
    let page = PreferencesPage {
        appearance: user.appearance,
        saved: query.saved.is_some(),
    };
    Ok(Framed::new(user.viewer(), "Preferences", "/preferences", &page)?.into())
}

/// `POST /preferences` from the form, `PATCH /preferences` from programs.
#[handler]
pub async fn save(
    user: User,
    wants: Wants,
    FormOrJson(form): FormOrJson<AppearanceForm, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let appearance = form.parse(user.appearance)?;
    accounts.change_appearance(&user, appearance).await?;
    match wants {
        Wants::Json => Ok(as_json(appearance)),
        _ => Ok(Reply::see_other("/preferences?saved=1")),
    }
}

fn as_json(appearance: Appearance) -> Reply {
    Reply::json(&json!({
        "theme": appearance.theme.name(),
        "density": appearance.density.name(),
        "clock": appearance.clock.name(),
    }))
}
