//! People over HTTP.

use poem::{handler, http::StatusCode, web::Path};
use serde_json::json;

use super::{
    People, Person, PersonJson, ProfileChange,
    html::{PeopleList, PersonCard, ProfileForm, ProfilePage},
};
use crate::{
    accounts::{AvatarSource, User},
    app::App,
    error::Result,
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
    let found = people.search(&query.q, query.skip()).await?;
    let found = found.map(|profile| Person::of(profile, &app.live));
    if wants == Wants::Json {
        let people: Vec<_> = found.items.iter().map(PersonJson::from).collect();
        let value = json!({ "people": people, "more": found.more });
        return Ok(Reply::json(&value));
    }
    let list = PeopleList {
        words: query.q,
        people: found.items,
        next: found.next,
    };
    Ok(Framed::new(user.viewer(), "People", "/people", &list)?.into())
}

/// `GET /people/{username}`: the profile; as a fragment, the card.
#[handler]
pub async fn show(
    user: User,
    wants: Wants,
    Path(username): Path<String>,
    State((app, people)): State<(App, People)>,
) -> Result<Reply> {
    let person = Person::of(people.profile(&username).await?, &app.live);
    if wants == Wants::Json {
        return Ok(Reply::json(&PersonJson::from(&person)));
    }
    if wants == Wants::Fragment {
        let mine = person.profile.id == user.id;
        return Reply::fragment(&PersonCard { person, mine });
    }
    let title = person.profile.shown().to_owned();
    let page = ProfilePage {
        mine: person.profile.id == user.id,
        person,
    };
    Ok(Framed::new(user.viewer(), &title, "/people", &page)?.into())
}

/// `GET /profile`: the form for one's own profile.
#[handler]
pub async fn own(user: User, State(people): State<People>) -> Result<Reply> {
    own_form(&user, &people, None).await
}

/// The form for the profile of `user` as it is, with an error.
pub async fn own_form(user: &User, people: &People, error: Option<FormError>) -> Result<Reply> {
    let profile = people.profile(&user.username).await?;
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
    let here = format!("/people/{}", encoded(&user.username));
    Ok(Reply::see_other(&here))
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

/// Encodes a name as a part of a URL.
fn encoded(name: &str) -> String {
    let pair = serde_urlencoded::to_string([("n", name)]).unwrap_or_default();
    pair.trim_start_matches("n=").to_owned()
}
