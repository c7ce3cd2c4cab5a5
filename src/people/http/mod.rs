//! People over HTTP.

pub mod administration;
pub mod blocks;
pub mod reset;

use poem::{handler, http::StatusCode, web::Path};
use serde_json::json;

use crate::{
    accounts::{AvatarSource, ServerAction, User, demand_under},
    app::App,
    error::{Error, Result},
    people::{
        People, Person, PersonJson, ProfileChange,
        html::{PeopleList, PersonCard, ProfileForm, ProfilePage},
    },
    web::{
        body::FormOrJson,
        form_error::{FormError, sentence},
        framed::Framed,
        paged::ListQuery,
        picture_section::PictureSection,
        reply::Reply,
        state::State,
        wants::Wants,
    },
};

/// `GET /people?q=&skip=`
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    query: ListQuery,
    State((app, people)): State<(App, People)>,
) -> Result<Reply> {
    let found = people.search(&user, &query.q, query.skip()).await?;
    let found = found.map(|profile| Person::of(profile, &app.live));
    if wants == Wants::Json {
        let people: Vec<_> = found.items.iter().map(PersonJson::from).collect();
        let value = json!({ "people": people, "more": found.more });
        return Ok(Reply::json(&value));
    }
    let settings = app.settings.current();
    let list = PeopleList {
        words: query.q,
        may_invite: demand_under(&settings, user.role, ServerAction::InvitePeople).is_ok(),
        people: found.items,
        next: found.next,
    };
    Ok(Framed::new(user.viewer(), "People", "/people", &list)?.into())
}

/// `GET /people/{username}`: the profile; as a fragment, the card. A name that its user gave up lately leads to them.
#[handler]
pub async fn show(
    user: User,
    wants: Wants,
    Path(username): Path<String>,
    State((app, people)): State<(App, People)>,
) -> Result<Reply> {
    let profile = match people.profile(&user, &username).await {
        Err(Error::NotFound) => {
            let profile = people.profile_of_former_name(&user, &username).await?;
            if wants == Wants::Page {
                return Ok(Reply::see_other(&address_of(&profile.username)));
            }
            profile
        }
        found => found?,
    };
    let invited_by = match user.is_admin() {
        true => people.inviter(profile.id).await?,
        false => None,
    };
    if wants == Wants::Page {
        let title = profile.shown().to_owned();
        let is_blocked = people.has_blocked(&user, profile.id).await?;
        let page = ProfilePage::new(&user, profile, &app.live)
            .with_blocked(is_blocked)
            .with_inviter(invited_by);
        return Ok(Framed::new(user.viewer(), &title, "/people", &page)?.into());
    }
    let person = Person::of(profile, &app.live);
    if wants == Wants::Fragment {
        let card = PersonCard {
            mine: person.profile.id == user.id,
            is_blocked: people.has_blocked(&user, person.profile.id).await?,
            person,
        };
        return Reply::fragment(&card);
    }
    let mut value = json!(PersonJson::from(&person));
    if let Some(inviter) = invited_by {
        value["invited_by"] = json!(&*inviter.username);
    }
    Ok(Reply::json(&value))
}

/// `GET /profile`: the form for one's own profile.
#[handler]
pub async fn own(user: User, State(people): State<People>) -> Result<Reply> {
    own_form(&user, &people, None).await
}

/// The form for the profile of `user` as it is, with an error.
pub async fn own_form(user: &User, people: &People, error: Option<FormError>) -> Result<Reply> {
    let profile = people.profile(user, &user.username).await?;
    let draft = ProfileChange {
        display_name: Some(profile.display_name.to_string()),
        about: Some(profile.about),
        time_zone: Some(profile.time_zone),
    };
    form(user, draft, error)
}

/// `POST /profile` from the form, `PATCH /profile` from programs.
#[handler]
pub async fn put_own(
    user: User,
    wants: Wants,
    FormOrJson(draft): FormOrJson<ProfileChange, 8192>,
    State((app, people)): State<(App, People)>,
) -> Result<Reply> {
    let parsed = match draft.clone().parse() {
        Ok(parsed) => parsed,
        Err(refused) if wants != Wants::Page => return Err(refused.error),
        Err(refused) => return form(&user, draft, Some(refused)),
    };
    let changed = match people.change_profile(&user, parsed).await {
        Err(error) if wants == Wants::Page && error.is_shown_in_form() => {
            return form(&user, draft, Some(FormError::at("display_name", error)));
        }
        changed => changed?,
    };
    let person = Person::of(changed, &app.live);
    if wants == Wants::Json {
        return Ok(Reply::json(&PersonJson::from(&person)));
    }
    Ok(Reply::see_other(&address_of(&user.username)))
}

fn form(user: &User, draft: ProfileChange, error: Option<FormError>) -> Result<Reply> {
    let refused = error.as_ref();
    let status = refused.map_or(StatusCode::OK, |refused| refused.error.status());
    let page = ProfileForm {
        username: user.username.to_string(),
        picture: picture_section(user, refused),
        draft,
        error,
    };
    let framed = Framed::new(user.viewer(), "Your profile", "/profile", &page)?;
    Ok(framed.with_status(status).into())
}

fn picture_section(user: &User, error: Option<&FormError>) -> PictureSection {
    let picture = AvatarSource::large(user.id, user.avatar).picture_url();
    PictureSection {
        title: "Profile picture",
        address: "/profile/picture".into(),
        shape: "round",
        is_set: picture.is_some(),
        preview: Some(picture.unwrap_or_else(|| format!("/u/{}.svg", user.id))),
        error: sentence(error, "picture"),
    }
}

/// URL path of a profile.
pub fn address_of(username: &str) -> String {
    let pair = serde_urlencoded::to_string([("n", username)]).unwrap_or_default();
    format!("/people/{}", pair.trim_start_matches("n="))
}
