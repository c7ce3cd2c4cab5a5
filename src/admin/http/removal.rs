//! Removal of accounts by admins.

use poem::{handler, web::Path};
use serde::Deserialize;
use serde_json::json;

use crate::{
    accounts::{Accounts, Actor, ServerAction, User, demand},
    admin::removal::{PostedTotals, RemovalPage},
    app::App,
    db::Conn,
    error::{Error, Result},
    people::{People, Profile},
    web::{
        body::FormOrJson, form_error::FormError, framed::Framed, reply::Reply, state::State,
        wants::Wants,
    },
};

/// Page where admins delete their own account.
const OWN: &str = "/account#delete-title";

/// Choice about the messages of a removed user.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RemovalForm {
    messages: String,
}

impl RemovalForm {
    /// Whether the messages are erased.
    fn erases(&self) -> Result<bool> {
        match &*self.messages {
            "keep" => Ok(false),
            "erase" => Ok(true),
            _ => Err(Error::Invalid(
                "Choose what happens to their messages: keep or erase.".into(),
            )),
        }
    }
}

/// `GET /people/{username}/removal`: the form; as JSON, what the user has posted.
#[handler]
pub async fn show(
    user: User,
    wants: Wants,
    Path(username): Path<String>,
    State((app, people)): State<(App, People)>,
) -> Result<Reply> {
    demand(user.role, ServerAction::ManagePeople)?;
    let profile = removable(&user, &username, &people).await?;
    if wants == Wants::Json {
        let posted = posted(&app, &profile).await?;
        let value = json!({ "messages": posted.messages, "files": posted.files });
        return Ok(Reply::json(&value));
    }
    if profile.id == user.id {
        return Ok(Reply::see_other(OWN));
    }
    Ok(page(&user, &app, profile, None).await?.into())
}

/// `DELETE /people/{username}`, and `POST /people/{username}/removal` for forms: removes the account.
#[handler]
pub async fn remove(
    user: User,
    wants: Wants,
    Path(username): Path<String>,
    FormOrJson(form): FormOrJson<RemovalForm, 1024>,
    State((app, accounts, people)): State<(App, Accounts, People)>,
) -> Result<Reply> {
    demand(user.role, ServerAction::ManagePeople)?;
    let profile = removable(&user, &username, &people).await?;
    let erases = form.erases();
    let removed = match erases.clone() {
        Ok(erase) => {
            let actor = Actor::User(user.id);
            accounts.remove_account(actor, profile.id, erase).await
        }
        Err(error) => Err(error),
    };
    match (removed, wants) {
        (Ok(()), _) => {
            let outcome = if erases == Ok(true) { "erased" } else { "kept" };
            Ok(Reply::done(
                wants,
                &format!("/admin/people?removed={outcome}"),
            ))
        }
        (Err(error), Wants::Page) if error.is_shown_in_form() => {
            let refused = FormError::at("messages", error.clone());
            let page = page(&user, &app, profile, Some(refused)).await?;
            Ok(page.refused(&error).into())
        }
        (Err(error), _) => Err(error),
    }
}

/// The profile of an account that was not removed before.
async fn removable(user: &User, username: &str, people: &People) -> Result<Profile> {
    let profile = people.profile(user, username).await?;
    match profile.is_deleted() {
        false => Ok(profile),
        true => Err(Error::NotFound),
    }
}

async fn posted(app: &App, profile: &Profile) -> Result<PostedTotals> {
    let user = profile.id;
    let count = move |conn: &mut Conn| PostedTotals::of(conn, user);
    app.db.read(count).await
}

async fn page(
    user: &User,
    app: &App,
    profile: Profile,
    error: Option<FormError>,
) -> Result<Framed> {
    let page = RemovalPage {
        posted: posted(app, &profile).await?,
        profile,
        error,
    };
    Framed::new(user.viewer(), "Remove account", "/people", &page)
}
