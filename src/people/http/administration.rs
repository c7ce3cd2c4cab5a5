//! Administration of people over HTTP: their role, their suspension, and the list of all accounts.

use poem::{handler, web::Path};
use serde::Deserialize;
use serde_json::json;

use crate::{
    accounts::{Accounts, Actor, ServerAction, ServerRole, Suspension, User, demand},
    app::App,
    error::{Error, Result},
    people::{
        AccountFilter, People, Profile,
        html::{AccountList, ProfilePage},
        json::AccountJson,
    },
    web::{
        body::FormOrJson, form_error::FormError, form_values::Number, framed::Framed,
        paged::ListQuery, query::lenient_param, reply::Reply, state::State, wants::Wants,
    },
};

/// URL path of the list.
const ADDRESS: &str = "/admin/people";

/// Field of a change of the role.
#[derive(Deserialize)]
pub struct ServerRoleForm {
    role: String,
}

/// Fields of a suspension.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SuspensionForm {
    /// Number of days; missing or empty for no end.
    days: Option<Number>,
    reason: String,
}

impl SuspensionForm {
    fn parse(&self) -> Result<Suspension> {
        let days = match &self.days {
            None => None,
            Some(Number::Text(text)) if text.is_empty() => None,
            // No number is refused like 0.
            Some(days) => Some(days.value().unwrap_or(0)),
        };
        Suspension::parse(days, &self.reason)
    }
}

/// `GET /admin/people?q=&role=&skip=`: accounts with their roles, for admins and moderators. `role` may be `suspended`.
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    query: ListQuery,
    req: &poem::Request,
    State(people): State<People>,
) -> Result<Reply> {
    demand(user.role, ServerAction::HandleReports)?;
    let role: Option<String> = lenient_param(req, "role");
    let filter = role.as_deref().and_then(AccountFilter::parse);
    let found = people
        .accounts(&user, (&query.q, filter), query.skip())
        .await?;
    if wants == Wants::Json {
        let people: Vec<_> = found.items.iter().map(AccountJson::from).collect();
        let value = json!({ "people": people, "more": found.more });
        return Ok(Reply::json(&value));
    }
    let removed: Option<String> = lenient_param(req, "removed");
    let list = AccountList {
        outcome: removed.as_deref().and_then(outcome),
        words: query.q,
        filter,
        next: found.next,
        accounts: found.items,
    };
    Ok(Framed::new(user.viewer(), "Accounts", ADDRESS, &list)?.into())
}

/// Sentence about an account that was removed.
fn outcome(removed: &str) -> Option<&'static str> {
    match removed {
        "kept" => Some("Account removed. The messages stay under “Deleted user”."),
        "erased" => Some("Account removed. The messages and files are being deleted."),
        _ => None,
    }
}

/// `POST /people/{username}/role` from the form, `PATCH` from programs.
#[handler]
pub async fn set_role(
    user: User,
    wants: Wants,
    Path(username): Path<String>,
    FormOrJson(form): FormOrJson<ServerRoleForm, 1024>,
    State((app, accounts, people)): State<(App, Accounts, People)>,
) -> Result<Reply> {
    demand(user.role, ServerAction::ChangeRoles)?;
    let profile = people.profile(&user, &username).await?;
    let role = ServerRole::parse(&form.role).ok_or_else(|| {
        Error::Invalid("Choose one of these roles: member, moderator, admin.".into())
    });
    let actor = Actor::User(user.id);
    let changed = match role {
        Ok(role) => accounts.set_role(actor, profile.id, role).await,
        Err(error) => Err(error),
    };
    let changed = changed.map_err(|error| FormError::at("role", error));
    answer(&app, (user, wants, profile), changed)
}

/// `POST /people/{username}/suspension` from the form, `PUT` from programs: suspends.
#[handler]
pub async fn suspend(
    user: User,
    wants: Wants,
    Path(username): Path<String>,
    FormOrJson(form): FormOrJson<SuspensionForm, 4096>,
    State((app, accounts, people)): State<(App, Accounts, People)>,
) -> Result<Reply> {
    demand(user.role, ServerAction::HandleReports)?;
    let profile = people.profile(&user, &username).await?;
    let actor = Actor::User(user.id);
    let changed = match form.parse() {
        Ok(suspension) => accounts.suspend(actor, profile.id, suspension).await,
        Err(error) => Err(error),
    };
    let changed = changed.map_err(|error| FormError::at("suspension", error));
    answer(&app, (user, wants, profile), changed)
}

/// `POST /people/{username}/suspension/end` from the form, `DELETE /people/{username}/suspension` from programs.
#[handler]
pub async fn reinstate(
    user: User,
    wants: Wants,
    Path(username): Path<String>,
    State((app, accounts, people)): State<(App, Accounts, People)>,
) -> Result<Reply> {
    demand(user.role, ServerAction::HandleReports)?;
    let profile = people.profile(&user, &username).await?;
    let changed = accounts.reinstate(Actor::User(user.id), profile.id).await;
    let changed = changed.map_err(|error| FormError::at("suspension", error));
    answer(&app, (user, wants, profile), changed)
}

/// Back to the profile, with the error at its field if the change was refused.
fn answer(
    app: &App,
    (user, wants, profile): (User, Wants, Profile),
    changed: Result<(), FormError>,
) -> Result<Reply> {
    match (changed, wants) {
        (Ok(()), _) => Ok(Reply::done(wants, &super::address_of(&profile.username))),
        (Err(refused), Wants::Page) if refused.error.is_shown_in_form() => {
            let (title, error) = (profile.shown().to_owned(), refused.error.clone());
            let page = ProfilePage::new(&user, profile, &app.live).refused(refused);
            let framed = Framed::new(user.viewer(), &title, "/people", &page)?;
            Ok(framed.refused(&error).into())
        }
        (Err(refused), _) => Err(refused.error),
    }
}
